/** Export of a trained model as one ONNX file that other programs run. */
package io.github.finessl.export;
