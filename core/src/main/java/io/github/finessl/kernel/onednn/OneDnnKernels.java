package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.keepAlive;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.LayerKernels;
import io.github.finessl.kernel.Norm;
import io.github.finessl.kernel.onednn.OneDnnAttention.Shape;
import io.github.finessl.kernel.onednn.OneDnnAttentionHalf.Half;
import io.github.finessl.kernel.onednn.OneDnnLinear.AffineAt;
import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;
import io.github.finessl.kernel.onednn.OneDnnPatches.Grid;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fast kernels for processors: oneDNN on the very buffers of ND4J's f32 arrays. Work is cut into pieces of rows or
 * images, each of which goes all the way through a kernel on one core. Calls may come from any thread, one at a time. The
 * same inputs give the same bits on the same machine with the same number of threads.
 */
public final class OneDnnKernels implements Kernels {

    private final boolean bf16;
    private final PackedWeights weights = new PackedWeights();
    private final Workers workers;
    private final OneDnnLayers layers;
    private final SharedAttention attention;
    private final OneDnn buffers = new OneDnn();
    private final OneDnnConvolutionKernels convolutions;

    private enum Scratch {
        ATTENDED
    }

    /** Whether this processor multiplies bf16 natively. */
    public static boolean hasBf16() {
        return OneDnn.hasBf16();
    }

    /**
     * Opens the kernels with products in bf16 or f32.
     *
     * @param threads at least 1
     */
    public OneDnnKernels(boolean bf16, int threads) {
        this.bf16 = bf16;
        workers = new Workers(threads, () -> OneDnnTools.of(weights, bf16));
        layers = new OneDnnLayers(workers, bf16);
        attention = new SharedAttention(workers);
        convolutions = new OneDnnConvolutionKernels(workers, new OneDnn());
    }

    @Override
    public ConvolutionKernels convolutions() {
        return convolutions;
    }

    @Override
    public String name() {
        return "onednn-" + OneDnn.version() + (bf16 ? "-bf16" : "-f32");
    }

    @Override
    public LayerKernels layers() {
        return layers;
    }

    @Override
    public <T> T pass(Supplier<T> work) {
        return workers.withoutOpenMp(work);
    }

    @Override
    public synchronized void newPass() {
        List<PackedWeights.Copy> stale = weights.newPass();
        workers.run(stale.size(), (tools, i) -> weights.refresh(stale.get(i), tools.library()));
    }

    @Override
    public synchronized void forgetTrained() {
        weights.forgetTrained();
    }

    @Override
    public synchronized void linear(INDArray x, Norm norm, List<Affine> maps, INDArray residual, List<INDArray> ys) {
        Rows in = Rows.of(x);
        Rows addend = Rows.orNull(residual);
        List<Rows> out = ys.stream().map(Rows::ofDense).toList();
        List<AffineAt> mapsAt = at(maps);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.linear()
                        .forward(
                                in.slice(from, n),
                                normAt,
                                mapsAt,
                                Rows.sliceOrNull(addend, from, n),
                                out.stream().map(y -> y.slice(from, n)).toList()));
        keepAlive(x, norm, maps, residual, ys);
    }

    @Override
    public synchronized void linearBackward(List<INDArray> dys, List<Affine> maps, INDArray x, Norm norm, INDArray dx) {
        Rows in = Rows.orNull(norm == null ? null : x);
        Rows out = Rows.ofDense(dx);
        List<Rows> gradients = dys.stream().map(Rows::of).toList();
        List<AffineAt> mapsAt = at(maps);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                out.rows(),
                (tools, from, n) -> tools.linear()
                        .backward(
                                gradients.stream().map(dy -> dy.slice(from, n)).toList(),
                                mapsAt,
                                Rows.sliceOrNull(in, from, n),
                                normAt,
                                out.slice(from, n)));
        keepAlive(x, norm, maps, dys, dx);
    }

    @Override
    public synchronized void mlp(
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray y) {
        Rows in = Rows.of(x);
        Rows hidden = kept == null ? null : Rows.ofDense(kept);
        Rows out = Rows.ofDense(y);
        AffineAt one = at(first);
        AffineAt two = at(second);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.linear()
                        .mlp(
                                in.slice(from, n),
                                normAt,
                                one,
                                activation,
                                two,
                                residual,
                                Rows.sliceOrNull(hidden, from, n),
                                out.slice(from, n)));
        keepAlive(x, norm, first, second, kept, y);
    }

    @Override
    public synchronized void mlpBackward(
            INDArray dy,
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray dx) {
        Rows gradient = Rows.of(dy);
        Rows in = Rows.of(x);
        Rows hidden = Rows.ofDense(kept);
        Rows out = Rows.ofDense(dx);
        AffineAt one = at(first);
        AffineAt two = at(second);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                out.rows(),
                (tools, from, n) -> tools.linear()
                        .mlpBackward(
                                gradient.slice(from, n),
                                in.slice(from, n),
                                normAt,
                                one,
                                activation,
                                two,
                                residual,
                                hidden.slice(from, n),
                                out.slice(from, n)));
        keepAlive(dy, x, norm, first, second, kept, dx);
    }

    @Override
    public synchronized void layerNorm(INDArray x, Norm norm, INDArray y) {
        Rows in = Rows.of(x);
        Rows out = Rows.ofDense(y);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                in.rows(), (tools, from, n) -> tools.linear().normalise(in.slice(from, n), normAt, out.slice(from, n)));
        keepAlive(x, norm, y);
    }

    @Override
    public synchronized void layerNormBackward(INDArray x, Norm norm, INDArray dy, INDArray dx) {
        Rows in = Rows.of(x);
        Rows gradient = Rows.of(dy);
        Rows out = Rows.ofDense(dx);
        NormAt normAt = NormAt.of(norm);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.linear()
                        .normaliseBackward(in.slice(from, n), normAt, gradient.slice(from, n), out.slice(from, n)));
        keepAlive(x, norm, dy, dx);
    }

    @Override
    public synchronized void attention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            INDArray bias,
            int heads,
            INDArray out) {
        attention.forward(
                heads,
                Rows.of(q),
                Rows.of(k),
                Rows.of(v),
                Rows.orNull(promptK),
                Rows.orNull(promptV),
                SharedAttention.bias(bias),
                Rows.of(out));
        keepAlive(q, k, v, promptK, promptV, bias, out);
    }

    @Override
    public synchronized void attentionBackward(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            INDArray bias,
            int heads,
            INDArray dOut,
            INDArray dq,
            INDArray dk,
            INDArray dv,
            INDArray dPromptK,
            INDArray dPromptV) {
        Rows queries = Rows.of(q);
        Rows keys = Rows.of(k);
        Rows promptKeys = Rows.orNull(promptK);
        Shape one = Shape.ofOneImage(queries, keys, promptKeys, heads);
        attention.backward(
                one,
                queries,
                keys,
                Rows.of(v),
                promptKeys,
                Rows.orNull(promptV),
                SharedAttention.bias(bias),
                Rows.of(dOut),
                Rows.orNull(dq),
                Rows.orNull(dk),
                Rows.orNull(dv),
                PromptSums.of(one, queries.images(), dPromptK, dPromptV, buffers));
        keepAlive(q, k, v, promptK, promptV, bias, dOut, dq, dk, dv, dPromptK, dPromptV);
    }

    @Override
    public synchronized void attentionHalf(
            INDArray x,
            Norm norm,
            List<Affine> qkv,
            Affine out,
            INDArray promptK,
            INDArray promptV,
            int heads,
            List<INDArray> kept,
            INDArray y) {
        Rows in = Rows.of(x);
        Rows promptKeys = Rows.orNull(promptK);
        Rows promptValues = Rows.orNull(promptV);
        List<Rows> parts =
                kept == null ? null : kept.stream().map(Rows::ofDense).toList();
        Rows result = Rows.ofDense(y);
        Half half = new Half(NormAt.of(norm), at(qkv), at(out));
        if (in.images() < workers.count()) {
            stepByStep(
                    half,
                    heads,
                    in,
                    promptKeys,
                    promptValues,
                    parts == null ? OneDnnAttentionHalf.parts(buffers, in) : parts,
                    result);
        } else {
            Shape one = Shape.ofOneImage(in, in, promptKeys, heads);
            workers.inPiecesOfImages(
                    in,
                    (tools, from, count) -> tools.half()
                            .forward(
                                    half,
                                    one.of(count),
                                    in.images(from, count),
                                    promptKeys,
                                    promptValues,
                                    parts == null ? null : images(parts, from, count),
                                    result.images(from, count)));
        }
        keepAlive(x, norm, qkv, out, promptK, promptV, kept, y);
    }

    /** For fewer images than threads, which then share rows. */
    private void stepByStep(Half half, int heads, Rows x, Rows promptK, Rows promptV, List<Rows> qkv, Rows y) {
        Rows rows = x.flat();
        workers.inPiecesOfRows(
                rows.rows(),
                (tools, from, n) -> tools.linear()
                        .forward(
                                rows.slice(from, n),
                                half.norm(),
                                half.qkv(),
                                null,
                                qkv.stream()
                                        .map(part -> part.flat().slice(from, n))
                                        .toList()));
        Rows attended = buffers.scratch(Scratch.ATTENDED, x);
        attention.byQueries(
                Shape.ofOneImage(x, x, promptK, heads),
                qkv.get(0),
                qkv.get(1),
                qkv.get(2),
                promptK,
                promptV,
                attended,
                (tools, image, from, n) -> tools.linear()
                        .forward(
                                attended.images(image, 1).slice(from, n),
                                null,
                                List.of(half.out()),
                                x.images(image, 1).slice(from, n),
                                List.of(y.images(image, 1).slice(from, n))));
    }

    @Override
    public synchronized void attentionHalfBackward(
            INDArray dy,
            INDArray x,
            Norm norm,
            List<Affine> qkv,
            Affine out,
            INDArray promptK,
            INDArray promptV,
            int heads,
            List<INDArray> kept,
            INDArray dx,
            INDArray dPromptK,
            INDArray dPromptV) {
        Rows in = Rows.of(x);
        Rows gradient = Rows.of(dy);
        Rows promptKeys = Rows.orNull(promptK);
        Rows promptValues = Rows.orNull(promptV);
        List<Rows> parts = kept.stream().map(Rows::ofDense).toList();
        Rows result = dx == null ? null : Rows.ofDense(dx);
        Half half = new Half(NormAt.of(norm), at(qkv), at(out));
        Shape one = Shape.ofOneImage(in, in, promptKeys, heads);
        PromptSums sums = PromptSums.of(one, in.images(), dPromptK, dPromptV, buffers);
        workers.inPiecesOfImages(
                in,
                (tools, from, count) -> tools.half()
                        .backward(
                                half,
                                one.of(count),
                                gradient.images(from, count),
                                in.images(from, count),
                                promptKeys,
                                promptValues,
                                images(parts, from, count),
                                Rows.imagesOrNull(result, from, count),
                                sums.of(from)));
        sums.addUp(workers);
        keepAlive(dy, x, norm, qkv, out, promptK, promptV, kept, dx, dPromptK, dPromptV);
    }

    private static List<Rows> images(List<Rows> arrays, long from, long count) {
        return arrays.stream().map(array -> array.images(from, count)).toList();
    }

    @Override
    public synchronized void embedPatches(
            INDArray images,
            int patchHeight,
            int patchWidth,
            Affine map,
            INDArray classToken,
            INDArray registers,
            INDArray positions,
            INDArray tokens) {
        INDArray dense = images.ordering() == 'c' && !images.isView() ? images : images.dup('c');
        Rows pixels = Rows.of(dense.reshape('c', images.size(0), images.size(1) * images.size(2), images.size(3)));
        Grid grid = new Grid(images.size(1), images.size(2), images.size(3), patchHeight, patchWidth);
        AffineAt mapAt = at(map);
        Rows first = Rows.orNull(classToken);
        Rows next = Rows.orNull(registers);
        Rows places = Rows.of(positions);
        Rows out = Rows.ofDense(tokens);
        workers.run(
                (int) images.size(0),
                (tools, image) -> tools.patches()
                        .embed(pixels.image(image), grid, mapAt, first, next, places, out.images(image, 1)));
        keepAlive(dense, map, classToken, registers, positions, tokens);
    }

    private List<AffineAt> at(List<Affine> maps) {
        return maps.stream().map(this::at).toList();
    }

    private AffineAt at(Affine map) {
        Rows weight = map.trained() ? Rows.of(map.weight()) : weights.frozen(map.weight());
        return new AffineAt(weight, Rows.orNull(map.bias()), map.trained());
    }

    @Override
    public synchronized void close() {
        workers.close();
        layers.close();
        convolutions.close();
        buffers.close();
        weights.close();
    }
}
