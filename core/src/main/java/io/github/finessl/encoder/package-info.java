/**
 * Frozen vision encoders: the structure and the weights of a vision transformer or of CLIP's ResNet. {@link
 * io.github.finessl.encoder.onnx.OnnxEncoderReader} reads one from a file.
 *
 * <p>A vision transformer is CLIP's, DINOv2's and DeiT's, with what newer families have in optional places:
 *
 * <ul>
 *   <li>{@link io.github.finessl.encoder.VisionTransformer.QueryKey}: rotary positions (DINOv3, MLCD, Perception Encoder,
 *       EVA-02), norms of queries and keys, relative positions (BEiT);
 *   <li>{@link io.github.finessl.encoder.VisionTransformer.Mlp}: gates (DINOv2 giant, DINOv3, AIMv2), inner norms (EVA-02);
 *   <li>{@link io.github.finessl.encoder.VisionTransformer.LayerNorm}: RMS norms (AIMv2);
 *   <li>{@link io.github.finessl.encoder.Pooling.Attention}: pooling by a constant query (SigLIP, Perception Encoder, CoCa,
 *       AIMv2).
 * </ul>
 *
 * Where such a place is empty, the fused kernels compute what they always did.
 *
 * <p>{@link io.github.finessl.encoder.OpaqueEncoder} is any other network, which ONNX Runtime computes, for heads alone.
 */
package io.github.finessl.encoder;
