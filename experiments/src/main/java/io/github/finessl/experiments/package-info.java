/**
 * The tables and figures of the paper, one class each, behind one command: {@code mvn exec:java -Dexp=<name>}.
 *
 * <p>An {@link io.github.finessl.experiments.Experiment} says what to run; {@link
 * io.github.finessl.experiments.Options} how, from {@code -D} properties; results go into run records, and tables are
 * views of those.
 */
package io.github.finessl.experiments;
