/**
 * Frozen vision encoders: the structure and the weights of a vision transformer or of CLIP's ResNet. {@link
 * io.github.finessl.encoder.onnx.OnnxEncoderReader} reads one from a file.
 */
package io.github.finessl.encoder;
