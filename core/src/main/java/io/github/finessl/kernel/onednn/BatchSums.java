package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Sums over the pieces of a batch: each piece leaves its own in {@link #parts}, and those are added up in their order, so
 * that the bits do not depend on which thread was first.
 */
final class BatchSums {

    private final Workers workers;
    private final OneDnn buffers;
    private INDArray ones = Nd4j.ones(DataType.FLOAT, 1);

    /** @param buffers of the thread that calls */
    BatchSums(Workers workers, OneDnn buffers) {
        this.workers = workers;
        this.buffers = buffers;
    }

    /** The address of scratch for so many numbers, which the next call overwrites. */
    long parts(long numbers) {
        return buffers.scratch(MapScratch.PARTIAL, numbers * Rows.FLOAT);
    }

    /** The address of so many ones. */
    long ones(long count) {
        if (ones.length() < count) {
            ones = Nd4j.ones(DataType.FLOAT, count);
        }
        return Floats.address(ones);
    }

    private record ColumnSums(long rows, long width) {}

    /** The sums of a matrix's columns: 1ᵀ·a. */
    static void columns(OneDnn library, long ones, long rows, long width, long a, long sums) {
        library.primitive(new ColumnSums(rows, width), () -> {
                    memory.desc row = OneDnnOps.matrix(data_type.f32, 1, rows);
                    memory.desc matrix = OneDnnOps.matrix(data_type.f32, rows, width);
                    memory.desc target = OneDnnOps.matrix(data_type.f32, 1, width);
                    matmul.primitive_desc description =
                            new matmul.primitive_desc(library.cpu, row, matrix, target, OneDnn.attributes(), false);
                    return library.bind(
                            description,
                            new matmul(description),
                            new OneDnn.Argument(dnnl.DNNL_ARG_SRC, row),
                            new OneDnn.Argument(dnnl.DNNL_ARG_WEIGHTS, matrix),
                            new OneDnn.Argument(dnnl.DNNL_ARG_DST, target));
                })
                .run(ones, a, sums);
    }

    /** target = Σ parts, in their order, for a few parts of many numbers. */
    void addParts(long parts, long stride, long first, INDArray target) {
        long out = Floats.address(target);
        long n = target.length();
        long pieces = Math.min(workers.count(), n);
        workers.run((int) pieces, (tools, piece) -> {
            long from = piece * n / pieces;
            long count = (piece + 1) * n / pieces - from;
            OneDnnOps ops = new OneDnnOps(tools.library());
            long sum = Floats.on(out, from);
            Layout row = Layout.matrix(data_type.f32, 1, count, count);
            ops.copy(row, Floats.on(first, from), row, sum);
            for (long p = 1; p < parts; p++) {
                ops.binary(dnnl.dnnl_binary_add, 1, count, false, sum, Floats.on(first, p * stride + from), sum);
            }
        });
    }

    /** target = Σ parts, in their order and in double precision. */
    static void addUp(long parts, long stride, long first, INDArray target) {
        int n = (int) target.length();
        double[] sum = new double[n];
        float[] part = new float[n];
        for (long p = 0; p < parts; p++) {
            Floats.at(Floats.on(first, p * stride), n).get(part);
            for (int i = 0; i < n; i++) {
                sum[i] += part[i];
            }
        }
        Floats.put(target, sum);
    }
}
