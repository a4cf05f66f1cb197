package io.github.finessl.kernel;

/** What one thread computes with. Packed weights are shared by all. */
record OneDnnTools(
        OneDnn library, OneDnnLinear linear, OneDnnLayerNorm norm, OneDnnAttention attention, OneDnnPatches patches) {

    static OneDnnTools of(PackedWeights weights, boolean bf16) {
        OneDnn library = new OneDnn();
        OneDnnOps ops = new OneDnnOps(library);
        OneDnnLayerNorm norm = new OneDnnLayerNorm(library, ops);
        OneDnnLinear linear = new OneDnnLinear(library, ops, norm, weights, bf16);
        return new OneDnnTools(
                library,
                linear,
                norm,
                new OneDnnAttention(library, ops, bf16),
                new OneDnnPatches(library, ops, linear));
    }

    void close() {
        library.close();
    }
}
