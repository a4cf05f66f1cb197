/**
 * Bridges to Deeplearning4j: images of its iterators and record readers feed a training, encoders and fine-tuned models are
 * steps of its pipelines, and a model is tested by ND4J's own evaluations.
 */
package io.github.finessl.dl4j;
