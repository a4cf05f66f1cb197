package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.onednn.OneDnnAttention.Shape;
import io.github.finessl.kernel.onednn.OneDnnLinear.AffineAt;
import io.github.finessl.kernel.onednn.OneDnnLinear.NormAt;
import java.util.List;
import java.util.stream.Stream;

/** The first half of a block, from its tokens to its tokens, for a few images on one core, so that what lies
 * between is small. */
final class OneDnnAttentionHalf {

    private enum Scratch {
        Q,
        K,
        V,
        ATTENDED
    }

    /** The weights of the half as they lie in memory. */
    record Half(NormAt norm, List<AffineAt> qkv, AffineAt out) {}

    private final OneDnn library;
    private final OneDnnLinear linear;
    private final OneDnnAttention attention;

    OneDnnAttentionHalf(OneDnn library, OneDnnLinear linear, OneDnnAttention attention) {
        this.library = library;
        this.linear = linear;
        this.attention = attention;
    }

    /** {@link Kernels#attentionHalf}; without {@code kept}, which may be null, q, k and v are lost. */
    void forward(Half half, Shape s, Rows x, Rows promptK, Rows promptV, List<Rows> kept, Rows y) {
        List<Rows> parts = kept == null ? parts(library, x) : kept;
        linear.forward(x.flat(), half.norm(), half.qkv(), null, flat(parts));
        Rows attended = library.scratch(Scratch.ATTENDED, x);
        attention.forward(s, parts.get(0), parts.get(1), parts.get(2), promptK, promptV, null, attended);
        linear.forward(attended.flat(), null, List.of(half.out()), x.flat(), List.of(y.flat()));
    }

    /** {@link Kernels#attentionHalfBackward}; dx may be null, {@code dPrompts} 0. */
    void backward(
            Half half, Shape s, Rows dy, Rows x, Rows promptK, Rows promptV, List<Rows> kept, Rows dx, long dPrompts) {
        Rows dAttended = library.scratch(Scratch.ATTENDED, x);
        linear.backward(List.of(dy.flat()), List.of(half.out()), null, null, dAttended.flat());
        List<Rows> parts = parts(library, x);
        boolean tokens = dx != null;
        attention.backward(
                s,
                kept.get(0),
                kept.get(1),
                kept.get(2),
                promptK,
                promptV,
                null,
                dAttended,
                tokens ? parts.get(0) : null,
                tokens ? parts.get(1) : null,
                tokens ? parts.get(2) : null,
                dPrompts);
        if (tokens) {
            linear.backward(flat(parts), half.qkv(), x.flat(), half.norm(), dx.flat());
            linear.add(dx.flat(), dy.flat());
        }
    }

    private static List<Rows> flat(List<Rows> parts) {
        return parts.stream().map(Rows::flat).toList();
    }

    /** Scratch memory for q, k and v that are not kept. */
    static List<Rows> parts(OneDnn library, Rows x) {
        return Stream.of(Scratch.Q, Scratch.K, Scratch.V)
                .map(name -> library.scratch(name, x))
                .toList();
    }
}
