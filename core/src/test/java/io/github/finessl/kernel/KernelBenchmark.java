package io.github.finessl.kernel;

import io.github.finessl.kernel.onednn.ProductRate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * One block of a training step, forward on three views' images and backward on two, as a share of the rate of the
 * bare products. Run: {@code java -cp ... io.github.finessl.kernel.KernelBenchmark F32|BF16 [geometry]}.
 */
final class KernelBenchmark {

    private static final int ROUNDS = 15;

    private record Geometry(String name, int width, int heads, int tokens, int prompts, int batch) {}

    private final Kernels kernels;
    private final Precision precision;
    private final Geometry g;
    private final Map<String, double[]> times = new LinkedHashMap<>();
    private int round;

    private KernelBenchmark(Kernels kernels, Precision precision, Geometry g) {
        this.kernels = kernels;
        this.precision = precision;
        this.g = g;
    }

    public static void main(String[] args) {
        Geometry[] geometries = {
            new Geometry("vit-b-32", 768, 12, 50, 50, 8),
            new Geometry("vit-ti-16@224", 192, 3, 197, 50, 8),
            new Geometry("vit-ti-16@160", 192, 3, 101, 50, 8)
        };
        Precision precision = Precision.valueOf(args[0]);
        try (Kernels kernels = KernelChoice.open(precision)) {
            for (Geometry g : geometries) {
                if (args.length < 2 || g.name().equals(args[1])) {
                    new KernelBenchmark(kernels, precision, g).run();
                }
            }
        }
    }

    private void run() {
        int d = g.width();
        int forward = 3 * g.batch();
        int backward = 2 * g.batch();
        int t = g.tokens();
        long n = (long) forward * t;
        long m = (long) backward * t;
        INDArray x = array(n, d);
        INDArray q = array(forward, t, d);
        INDArray k = array(forward, t, d);
        INDArray v = array(forward, t, d);
        INDArray mixed = array(forward, t, d);
        INDArray mid = array(n, d);
        INDArray kept = array(n, 4L * d);
        INDArray keptForBackward = array(m, 4L * d);
        INDArray y = array(n, d);
        INDArray dy = array(m, d);
        INDArray dMid = array(m, d);
        INDArray dMixed = array(backward, t, d);
        INDArray dq = array(backward, t, d);
        INDArray dk = array(backward, t, d);
        INDArray dv = array(backward, t, d);
        INDArray wQkv = array(d, 3L * d);
        Norm norm = new Norm(array(d), array(d), 1e-5);
        INDArray b1 = array(d);
        List<Affine> qkvMaps = List.of(
                new Affine(columns(wQkv, 0, d), b1),
                new Affine(columns(wQkv, d, 2L * d), b1),
                new Affine(columns(wQkv, 2L * d, 3L * d), b1));
        Affine out = new Affine(array(d, d), b1);
        Affine first = new Affine(array(d, 4L * d), array(4L * d));
        Affine second = new Affine(array(4L * d, d), b1);
        INDArray pk = array(g.prompts(), d);
        INDArray pv = array(g.prompts(), d);
        INDArray dpk = array(g.prompts(), d);
        INDArray dpv = array(g.prompts(), d);
        List<INDArray> qkvRows = List.of(flat(q), flat(k), flat(v));
        INDArray mixedRows = flat(mixed);
        List<INDArray> dQkvRows = List.of(flat(dq), flat(dk), flat(dv));
        Activation act = Activation.QUICK_GELU;
        List<long[]> sizes =
                List.of(new long[] {d, 3L * d}, new long[] {d, d}, new long[] {d, 4L * d}, new long[] {4L * d, d});
        double before = ProductRate.measure(precision, KernelChoice.defaultThreads(), n, sizes);
        for (round = -3; round < ROUNDS; round++) {
            time("qkv", () -> kernels.linear(x, norm, qkvMaps, null, qkvRows));
            time("attention", () -> kernels.attention(q, k, v, pk, pv, null, g.heads(), mixed));
            time("out", () -> kernels.linear(mixedRows, null, List.of(out), x, List.of(mid)));
            time("mlp", () -> kernels.mlp(mid, norm, first, act, second, true, kept, y));
            time(
                    "d mlp",
                    () -> kernels.mlpBackward(
                            dy, first(mid, m), norm, first, act, second, true, keptForBackward, dMid));
            time("d out", () -> kernels.linearBackward(List.of(dMid), List.of(out), null, null, flat(dMixed)));
            time(
                    "d attention",
                    () -> kernels.attentionBackward(
                            first(q, backward),
                            first(k, backward),
                            first(v, backward),
                            pk,
                            pv,
                            null,
                            g.heads(),
                            dMixed,
                            dq,
                            dk,
                            dv,
                            dpk,
                            dpv));
            time("d qkv", () -> kernels.linearBackward(dQkvRows, qkvMaps, first(x, m), norm, dMid));
        }
        double after = ProductRate.measure(precision, KernelChoice.defaultThreads(), n, sizes);
        report((double) n, (double) m, Math.max(before, after));
    }

    private void report(double n, double m, double bareRate) {
        double d = g.width();
        double products = 24 * d * d;
        double pairs = 4 * d * (g.tokens() + g.prompts());
        double total = 0;
        System.out.printf("%n%s %s: bare products %.0f GFLOP/s%n", g.name(), kernels.name(), bareRate * 1e-9);
        for (String name : times.keySet()) {
            double flops = n * forwardFlops(name, d, pairs);
            if (name.startsWith("d ")) {
                flops = m * forwardFlops(name.substring(2), d, pairs) * (name.equals("d attention") ? 2 : 1);
            }
            double time = median(name);
            total += time;
            System.out.printf(
                    Locale.ROOT,
                    "  %-12s %8.3f ms %6.0f GFLOP/s, over the bare rate's time %7.3f ms%n",
                    name,
                    time * 1e3,
                    flops / time * 1e-9,
                    (time - flops / bareRate) * 1e3);
        }
        double useful = n * (products + pairs) + m * (products + 2 * pairs);
        System.out.printf(
                Locale.ROOT,
                "  block        %8.3f ms %6.0f GFLOP/s: %.3f of the bare rate%n",
                total * 1e3,
                useful / total * 1e-9,
                useful / total / bareRate);
    }

    private static double forwardFlops(String name, double d, double pairs) {
        return switch (name) {
            case "qkv" -> 6 * d * d;
            case "out" -> 2 * d * d;
            case "mlp" -> 16 * d * d;
            case "attention" -> pairs;
            default -> 0;
        };
    }

    private void time(String name, Runnable operation) {
        long start = System.nanoTime();
        operation.run();
        if (round >= 0) {
            times.computeIfAbsent(name, key -> new double[ROUNDS])[round] = (System.nanoTime() - start) * 1e-9;
        }
    }

    private double median(String name) {
        double[] sorted = times.get(name).clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static INDArray array(long... shape) {
        return Nd4j.rand(DataType.FLOAT, shape).subi(0.5);
    }

    private static INDArray first(INDArray a, long count) {
        return a.rank() == 2
                ? a.get(NDArrayIndex.interval(0, count), NDArrayIndex.all())
                : a.get(NDArrayIndex.interval(0, count), NDArrayIndex.all(), NDArrayIndex.all());
    }

    private static INDArray flat(INDArray a) {
        return a.reshape('c', a.size(0) * a.size(1), a.size(2));
    }

    private static INDArray columns(INDArray a, long from, long to) {
        return a.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }
}
