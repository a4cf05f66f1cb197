/**
 * Recognition of encoders in ONNX files, whatever program exported them: by what a graph computes, not by the names or the
 * order of its operators. {@link io.github.finessl.encoder.onnx.OnnxEncoderReader} is the way in.
 *
 * <h2>One small graph</h2>
 *
 * <p>Take two images of 4 × 4 pixels, patches of 2 × 2, tokens 2 wide and an MLP 3 wide. The file says:
 *
 * <pre>{@code
 * map     = Conv(pixels, kernel)            [2, 2, 2, 2]
 * flat    = Reshape(map, [2, 2, 4])
 * patches = Transpose(flat, perm=0,2,1)     [2, 4, 2]
 * tokens  = Concat(cls, patches, axis=1)    [2, 5, 2]
 * x       = Add(tokens, positions)
 * n       = LayerNormalization(x, gain, shift)
 * product = MatMul(n, w1)                   [2, 5, 3]
 * h       = Add(product, b1)
 * a       = Mul(h, Sigmoid(Mul(h, 1.702)))
 * branch  = MatMul(a, w2)                   [2, 5, 2]
 * y       = Add(x, branch)
 * }</pre>
 *
 * <p><b>1. Tensors become values.</b> {@code OnnxFile} reads the file, {@code ImageInput} says which input the image is and
 * how large, and {@code GraphTrace} runs the graph, but on a {@code Value} for each tensor in place of numbers:
 *
 * <ul>
 *   <li>{@code cls}, {@code positions} and the weights are {@code Constant}s, and so is whatever is computed from constants
 *       or from shapes alone.
 *   <li>{@code map} is a {@code View}: some elements, in some order, of a {@code Piece}, which is something that the network
 *       computes. The piece's {@code Origin} says what: here {@code Patches(image, kernel)}, always [batch, patches, width].
 *       That the file holds them as [batch, width, rows, columns] is the view's {@code Layout}.
 *   <li>{@code flat} and {@code patches} are views of that same piece; {@code Reshape} and {@code Transpose} only change the
 *       layout ({@code LayoutOps}), and {@code patches} is the whole piece in its own order again. So all ways to shuffle
 *       axes to the same end are equal.
 *   <li>What has no place in an encoder is {@code Unknown}, with the words for the error should an output need it.
 * </ul>
 *
 * <p><b>2. Operators make new pieces.</b> {@code tokens} is {@code Tokens(patches, prefix, positions)}, the constant being the
 * prefix ({@code TokenSequence}), and adding {@code positions} gives the same with positions. {@code n} is {@code Normed}.
 * {@code product} is {@code Linear(n, w1)} ({@code Layers}), and {@code h} that with a bias: an addition of one number a
 * column goes into the linear layer before it ({@code Elementwise}).
 *
 * <p><b>3. Arithmetic is known by its behaviour.</b> {@code Mul}, {@code Sigmoid} and {@code Mul} between {@code h} and
 * {@code a} become one {@code RowWise} piece, a function of each row of {@code h} ({@code RowOps}). What it is, is found by
 * trying it on probe rows: {@code RowFunction.asActivation} says QuickGELU, so {@code h · σ(1.702·h)} in any spelling will
 * do. Layer norms and softmaxes that are spelt out with means, powers and divisions are found in the same way.
 *
 * <p><b>4. Pieces become an encoder.</b> {@code y} is {@code Sum(x, branch)}. {@code VitAssembly} walks back from the
 * output: a sum is a residual where one side is a {@code Linear} whose branch begins with the norm of the other side. Here the
 * branch is linear, activation, linear, norm, so it is the second half of a {@code VisionTransformer.Block}; in a whole
 * network the first half comes next, its {@code Attention} being {@code softmax(scale · Scores(q, k)) · v}
 * ({@code Attending}), and then the block before it, until the {@code Tokens} are reached. Whatever does not fit throws
 * {@code Untraceable}, whose words complete "expected a vision transformer, found ...". {@code ResNetAssembly} does the same
 * for CLIP's ResNet, whose pieces {@code Convolving} makes.
 *
 * <p>{@code WalkthroughTest} builds this graph and holds it against what stands here.
 */
package io.github.finessl.encoder.onnx;
