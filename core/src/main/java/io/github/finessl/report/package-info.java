/**
 * The results of runs: records with their provenance, tables and charts that are views of them, and progress.
 *
 * <p>Knows plain numbers only, nothing of graphs, ops or data sets.
 */
package io.github.finessl.report;
