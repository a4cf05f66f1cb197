/** The SameDiff graph of a frozen encoder with the trained parameters and the heads, and how to run it. */
package io.github.finessl.model;
