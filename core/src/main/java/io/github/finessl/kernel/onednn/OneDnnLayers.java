package io.github.finessl.kernel.onednn;

import static io.github.finessl.kernel.onednn.Floats.keepAlive;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.LayerKernels;
import io.github.finessl.kernel.Norm;
import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;
import io.github.finessl.kernel.onednn.OneDnnPatches.Grid;
import io.github.finessl.kernel.onednn.RotaryPositions.Angles;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * {@link LayerKernels} on oneDNN in f32, but gradients of weights with factors in bf16 where the kernels multiply in bf16.
 * Sums over rows are those of pieces, added up in the order of the pieces.
 */
final class OneDnnLayers implements LayerKernels {

    /** Rows of a weight's gradient for each thread at the least. */
    private static final long LEAST_ROWS = 16;

    /** Smaller products stay f32, as in {@link OneDnnLinear#factors}. */
    private static final long LEAST_BF16 = 64;

    private static final long BF16 = 2;

    private enum Scratch {
        SUMS,
        PATCHES,
        LEFT,
        RIGHT
    }

    private final Workers workers;
    private final OneDnn buffers = new OneDnn();

    private final boolean bf16;

    OneDnnLayers(Workers workers, boolean bf16) {
        this.workers = workers;
        this.bf16 = bf16;
    }

    @Override
    public synchronized void weightGradient(INDArray x, INDArray dy, INDArray dWeight) {
        weightGradient(Rows.of(x), Rows.of(dy), Rows.of(dWeight));
        keepAlive(x, dy, dWeight);
    }

    /** Threads share the rows of the result, which are columns of x, or, where those are few, its columns. */
    private void weightGradient(Rows x, Rows dy, Rows dWeight) {
        if (bf16 && Math.min(x.rows(), Math.min(x.width(), dy.width())) >= LEAST_BF16) {
            long left = rounded(Scratch.LEFT, x);
            long right = rounded(Scratch.RIGHT, dy);
            workers.inPieces(
                    dWeight.rows(),
                    Long.MAX_VALUE,
                    LEAST_ROWS,
                    (tools, from, n) ->
                            tools.gradients().product(left + from * BF16, x, right, dy, dWeight.slice(from, n)));
        } else if (dWeight.rows() < LEAST_ROWS * workers.count() && dWeight.width() > dWeight.rows()) {
            workers.inPieces(
                    dWeight.width(),
                    Long.MAX_VALUE,
                    LEAST_ROWS,
                    (tools, from, n) -> tools.gradients()
                            .product(
                                    x,
                                    dy.from(from).first(n),
                                    dWeight.from(from).first(n)));
        } else {
            workers.inPieces(
                    dWeight.rows(),
                    Long.MAX_VALUE,
                    LEAST_ROWS,
                    (tools, from, n) -> tools.gradients().product(x.from(from).first(n), dy, dWeight.slice(from, n)));
        }
    }

    /** The address of rows as dense bf16. */
    private long rounded(Scratch name, Rows x) {
        long address = buffers.scratch(name, x.rows() * x.width() * BF16);
        workers.inPiecesOfRows(
                x.rows(),
                (tools, from, n) -> tools.gradients().round(x.slice(from, n), address + from * x.width() * BF16));
        return address;
    }

    /** A sum over some rows. */
    private interface PartialSum {
        void run(OneDnnTools tools, long from, long count, long sum);
    }

    private void inPartialSums(long rows, INDArray result, PartialSum partial) {
        Rows out = Rows.ofDense(result);
        long pieces = workers.piecesOfRows(rows);
        long sums = buffers.scratch(Scratch.SUMS, pieces * out.width() * Rows.FLOAT);
        Rows all = new Rows(sums, 1, pieces, out.width(), 0, out.width());
        workers.run((int) pieces, (tools, piece) -> {
            long from = piece * rows / pieces;
            partial.run(tools, from, (piece + 1) * rows / pieces - from, all.row(piece));
        });
        workers.run(1, (tools, only) -> tools.gradients().sumRows(all, out.address()));
    }

    @Override
    public synchronized void sumRows(INDArray x, INDArray sum) {
        Rows in = Rows.of(x);
        inPartialSums(
                in.rows(), sum, (tools, from, n, address) -> tools.gradients().sumRows(in.slice(from, n), address));
        keepAlive(x, sum);
    }

    @Override
    public synchronized void scaleGradient(INDArray x, INDArray dy, INDArray dScale) {
        Rows in = Rows.of(x);
        Rows gradient = Rows.of(dy);
        inPartialSums(
                in.rows(),
                dScale,
                (tools, from, n, address) ->
                        tools.gradients().scale(in.slice(from, n), gradient.slice(from, n), address));
        keepAlive(x, dy, dScale);
    }

    @Override
    public synchronized void gainGradient(INDArray x, Norm norm, INDArray dy, INDArray dGain) {
        Rows in = Rows.of(x);
        Rows gradient = Rows.of(dy);
        NormAt at = NormAt.of(norm);
        inPartialSums(
                in.rows(),
                dGain,
                (tools, from, n, address) ->
                        tools.gradients().gain(in.slice(from, n), at, gradient.slice(from, n), address));
        keepAlive(x, norm, dy, dGain);
    }

    @Override
    public synchronized void activate(Activation activation, INDArray x, INDArray y) {
        Rows in = Rows.ofDense(x);
        Rows out = Rows.ofDense(y);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.gradients().activate(activation, in.slice(from, n), out.slice(from, n)));
        keepAlive(x, y);
    }

    @Override
    public synchronized void activateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx) {
        Rows in = Rows.ofDense(x);
        Rows gradient = Rows.ofDense(dy);
        Rows out = Rows.ofDense(dx);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.gradients()
                        .activateBackward(activation, in.slice(from, n), gradient.slice(from, n), out.slice(from, n)));
        keepAlive(x, dy, dx);
    }

    @Override
    public synchronized void gate(Activation activation, INDArray x, INDArray y) {
        Rows in = Rows.ofDense(x);
        Rows out = Rows.ofDense(y);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.gradients().gate(activation, in.slice(from, n), out.slice(from, n)));
        keepAlive(x, y);
    }

    @Override
    public synchronized void gateBackward(Activation activation, INDArray x, INDArray dy, INDArray dx) {
        Rows in = Rows.ofDense(x);
        Rows gradient = Rows.ofDense(dy);
        Rows out = Rows.ofDense(dx);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) -> tools.gradients()
                        .gateBackward(activation, in.slice(from, n), gradient.slice(from, n), out.slice(from, n)));
        keepAlive(x, dy, dx);
    }

    @Override
    public synchronized void rotate(INDArray x, INDArray cos, INDArray sin, int heads, boolean back, INDArray y) {
        Rows in = Rows.ofDense(x);
        Rows out = Rows.ofDense(y);
        Angles angles = Angles.of(cos, sin, back);
        workers.inPiecesOfImages(
                in, (tools, from, n) -> tools.rotary().rotate(in.images(from, n), angles, out.images(from, n)));
        keepAlive(x, cos, sin, y);
    }

    @Override
    public synchronized void scaleShift(INDArray x, INDArray scale, INDArray shift, INDArray y) {
        Rows in = Rows.ofDense(x);
        Rows factor = Rows.of(scale);
        Rows addend = Rows.orNull(shift);
        Rows out = Rows.ofDense(y);
        workers.inPiecesOfRows(
                in.rows(),
                (tools, from, n) ->
                        tools.gradients().scaleShift(in.slice(from, n), factor, addend, out.slice(from, n)));
        keepAlive(x, scale, shift, y);
    }

    @Override
    public synchronized void patchGradient(
            INDArray images, int patchHeight, int patchWidth, INDArray dPatches, INDArray dWeight) {
        INDArray dense = images.ordering() == 'c' && !images.isView() ? images : images.dup('c');
        Rows pixels = Rows.of(dense.reshape('c', images.size(0), images.size(1) * images.size(2), images.size(3)));
        Grid grid = new Grid(images.size(1), images.size(2), images.size(3), patchHeight, patchWidth);
        long count = grid.rows() * grid.columns();
        long address = buffers.scratch(Scratch.PATCHES, images.size(0) * count * grid.patchSize() * Rows.FLOAT);
        Rows patches = new Rows(address, 1, images.size(0) * count, grid.patchSize(), 0, grid.patchSize());
        workers.run(
                (int) images.size(0),
                (tools, image) -> tools.patches().gather(pixels.image(image), grid, patches.row(image * count)));
        weightGradient(patches, Rows.of(dPatches), Rows.ofDense(dWeight));
        keepAlive(dense, dPatches, dWeight);
    }

    void close() {
        buffers.close();
    }
}
