/**
 * Runs and what carries them out: an {@link io.github.finessl.experiments.run.Experiment} makes a grid of variants and seeds, a
 * runner trains what has no record yet, and records are what tables are made of.
 */
package io.github.finessl.experiments.run;
