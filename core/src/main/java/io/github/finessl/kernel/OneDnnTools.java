package io.github.finessl.kernel;

/** What one thread computes with. Packed weights are shared by all. */
record OneDnnTools(
        OneDnn library,
        OneDnnLinear linear,
        OneDnnAttention attention,
        OneDnnAttentionHalf half,
        OneDnnPatches patches) {

    static OneDnnTools of(PackedWeights weights, boolean bf16) {
        OneDnn library = new OneDnn();
        OneDnnOps ops = new OneDnnOps(library);
        OneDnnLinear linear = new OneDnnLinear(library, ops, new OneDnnLayerNorm(library, ops), weights, bf16);
        OneDnnAttention attention = new OneDnnAttention(library, ops, bf16);
        return new OneDnnTools(
                library,
                linear,
                attention,
                new OneDnnAttentionHalf(library, linear, attention),
                new OneDnnPatches(library, ops, linear));
    }

    void close() {
        library.close();
    }
}
