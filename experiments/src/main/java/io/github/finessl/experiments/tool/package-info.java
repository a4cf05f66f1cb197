/** Experiments beside the paper's: a guided run, measurements, checks, the export of a model and the index of the results. */
package io.github.finessl.experiments.tool;
