/** From an ONNX file to a description of a frozen encoder, whatever program exported it. */
package io.github.finessl.encoder;
