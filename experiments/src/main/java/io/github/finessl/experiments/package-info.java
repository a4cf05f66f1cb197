/**
 * The command {@code mvn exec:java -Dexp=<name>}, which finds the experiment by its name in the registry, checks the
 * options and ends with the experiment's exit code.
 */
package io.github.finessl.experiments;
