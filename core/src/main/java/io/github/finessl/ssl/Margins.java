package io.github.finessl.ssl;

import java.util.Arrays;

/** The class margins m of the balanced margin softmax, computed from the learning pace. */
public final class Margins {
    private Margins() {}

    /**
     * The margins m(k) = α_t·Δ(k), α_t = (max β - min β)·α.
     *
     * @param beta β [C], relative paces
     * @param alpha α, the base scale
     * @param dynamic false keeps α_t = α (the ablation "fixed α")
     */
    public static double[] of(double[] beta, double alpha, MarginForm form, boolean dynamic) {
        double spread =
                Arrays.stream(beta).max().orElse(0) - Arrays.stream(beta).min().orElse(0);
        double scale = dynamic ? spread * alpha : alpha;
        return Arrays.stream(beta).map(b -> scale * form.delta(b)).toArray();
    }
}
