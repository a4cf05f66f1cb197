/** The SameDiff graph of a frozen encoder with what is tuned and the heads, and how to run it. */
package io.github.finessl.model;
