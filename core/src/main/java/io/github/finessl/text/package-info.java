/**
 * The text tower of a CLIP or SigLIP model: names of classes through prompt templates and a tokenizer, by ONNX Runtime, to class
 * vectors in the space that the model's images are projected to.
 */
package io.github.finessl.text;
