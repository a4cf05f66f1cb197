package io.github.finessl.kernel.onednn;

/** The tools that one thread computes with. Packed weights are shared by all. */
record OneDnnTools(
        OneDnn library,
        OneDnnLinear linear,
        OneDnnAttention attention,
        OneDnnAttentionHalf half,
        OneDnnPatches patches,
        OneDnnGradients gradients,
        RotaryPositions rotary) {

    static OneDnnTools of(PackedWeights weights, boolean bf16) {
        OneDnn library = new OneDnn();
        OneDnnOps ops = new OneDnnOps(library);
        OneDnnLayerNorm norms = new OneDnnLayerNorm(library, ops);
        OneDnnLinear linear = new OneDnnLinear(library, ops, norms, weights, bf16);
        OneDnnAttention attention = new OneDnnAttention(library, ops, bf16);
        return new OneDnnTools(
                library,
                linear,
                attention,
                new OneDnnAttentionHalf(library, linear, attention),
                new OneDnnPatches(library, ops, linear),
                new OneDnnGradients(library, ops, norms),
                new RotaryPositions());
    }

    void close() {
        library.close();
    }
}
