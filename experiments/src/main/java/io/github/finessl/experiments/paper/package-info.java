/** The tables and figures of the paper, one class each, and what they share. */
package io.github.finessl.experiments.paper;
