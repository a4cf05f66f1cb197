package io.github.finessl.kernel.nd4j;

import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.Affine;
import io.github.finessl.kernel.ConvolutionKernels;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.LayerKernels;
import io.github.finessl.kernel.Norm;
import java.util.List;
import java.util.function.Supplier;
import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * The portable kernels: the formulas as written, on array operations of whatever ND4J backend is there, in single or
 * double precision. The reference for the fast ones. Temporaries live in a workspace, so that a long run's memory is
 * flat.
 */
@SuppressWarnings("try") // The workspaces are used by being open.
public final class Nd4jKernels implements Kernels {

    private static final String WORKSPACE = "FINESSL_KERNELS";
    private static final WorkspaceConfiguration TEMPORARIES = WorkspaceConfiguration.builder()
            .initialSize(0)
            .policyAllocation(AllocationPolicy.STRICT)
            .policyLearning(LearningPolicy.FIRST_LOOP)
            .policySpill(SpillPolicy.REALLOCATE)
            .build();

    private final LayerKernels layers = new Nd4jLayers();
    private final ConvolutionKernels convolutions = new Nd4jConvolutions();

    @Override
    public ConvolutionKernels convolutions() {
        return convolutions;
    }

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public LayerKernels layers() {
        return layers;
    }

    @Override
    public <T> T pass(Supplier<T> work) {
        return work.get();
    }

    @Override
    public void newPass() {}

    @Override
    public void forgetTrained() {}

    @Override
    public void linear(INDArray x, Norm norm, List<Affine> maps, INDArray residual, List<INDArray> ys) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray normal = norm == null ? x : normal(x, norm);
            for (int i = 0; i < ys.size(); i++) {
                INDArray y = apply(maps.get(i), normal);
                ys.get(i).assign(residual == null ? y : y.addi(residual));
            }
        }
    }

    @Override
    public void linearBackward(List<INDArray> dys, List<Affine> maps, INDArray x, Norm norm, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray sum = product(dys.get(0), false, maps.get(0).weight(), true);
            for (int i = 1; i < dys.size(); i++) {
                sum.addi(product(dys.get(i), false, maps.get(i).weight(), true));
            }
            dx.assign(norm == null ? sum : normGradient(x, norm, sum));
        }
    }

    @Override
    public void mlp(
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray h = apply(first, normal(x, norm));
            if (kept != null) {
                kept.assign(h);
            }
            INDArray result = apply(second, Nd4jActivations.activate(activation, h));
            y.assign(residual ? result.addi(x) : result);
        }
    }

    @Override
    public void mlpBackward(
            INDArray dy,
            INDArray x,
            Norm norm,
            Affine first,
            Activation activation,
            Affine second,
            boolean residual,
            INDArray kept,
            INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray dHidden =
                    product(dy, false, second.weight(), true).muli(Nd4jActivations.derivative(activation, kept));
            INDArray gradient = normGradient(x, norm, product(dHidden, false, first.weight(), true));
            dx.assign(residual ? gradient.addi(dy) : gradient);
        }
    }

    private static INDArray apply(Affine map, INDArray x) {
        INDArray y = product(x, false, map.weight(), false);
        return map.bias() == null ? y : y.addiRowVector(map.bias());
    }

    @Override
    public void layerNorm(INDArray x, Norm norm, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            y.assign(normal(x, norm));
        }
    }

    @Override
    public void layerNormBackward(INDArray x, Norm norm, INDArray dy, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            dx.assign(normGradient(x, norm, dy));
        }
    }

    private static INDArray normal(INDArray x, Norm norm) {
        return standardised(x, norm).muliRowVector(norm.gain()).addiRowVector(norm.bias());
    }

    /** (x - mean) / √(variance + ε), or x / √(mean of x² + ε). */
    static INDArray standardised(INDArray x, Norm norm) {
        INDArray centred = centred(x, norm);
        return centred.muliColumnVector(inverseDeviation(centred, norm.epsilon()));
    }

    private static INDArray centred(INDArray x, Norm norm) {
        return norm.centred() ? x.subColumnVector(x.mean(true, 1)) : x.dup('c');
    }

    private static INDArray normGradient(INDArray x, Norm norm, INDArray dy) {
        INDArray normal = centred(x, norm);
        INDArray inverse = inverseDeviation(normal, norm.epsilon());
        normal.muliColumnVector(inverse);
        INDArray dNormal = dy.mulRowVector(norm.gain());
        INDArray meanProduct = dNormal.mul(normal).mean(true, 1);
        if (norm.centred()) {
            dNormal.subiColumnVector(dNormal.mean(true, 1));
        }
        dNormal.subi(normal.muliColumnVector(meanProduct));
        return dNormal.muliColumnVector(inverse);
    }

    /** 1 / √(variance + ε) of centred rows, [n, 1]. */
    private static INDArray inverseDeviation(INDArray centred, double epsilon) {
        return Transforms.sqrt(centred.mul(centred).mean(true, 1).addi(epsilon), false)
                .rdivi(1);
    }

    @Override
    public void attention(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            INDArray bias,
            int heads,
            INDArray out) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray p = softmax(scores(q, withPrompts(k, promptK), bias, heads)); // [B, heads, Tq, T + P]
            out.assign(joinHeads(product(p, false, splitHeads(withPrompts(v, promptV), heads), false)));
        }
    }

    private static INDArray softmax(INDArray s) {
        INDArray p = Transforms.exp(s.subi(s.max(true, 3)), false);
        return p.divi(p.sum(true, 3));
    }

    @Override
    public void attentionBackward(
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
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray keys = withPrompts(k, promptK); // [B, T + P, D]
            INDArray values = withPrompts(v, promptV);
            INDArray dOutHeads = splitHeads(dOut, heads); // [B, heads, Tq, D / heads]

            INDArray p = softmax(scores(q, keys, bias, heads)); // [B, heads, Tq, T + P]
            INDArray dValues = joinHeads(product(p, true, dOutHeads, false));
            INDArray dP = product(dOutHeads, false, splitHeads(values, heads), true);
            INDArray dScores = dP.subi(dP.mul(p).sum(true, 3)).muli(p).muli(scale(q, heads));
            INDArray dKeys = joinHeads(product(dScores, true, splitHeads(q, heads), false));

            if (dq != null) {
                dq.assign(joinHeads(product(dScores, false, splitHeads(keys, heads), false)));
                dk.assign(ofTokens(dKeys, k.size(1)));
                dv.assign(ofTokens(dValues, k.size(1)));
            }
            if (dPromptK != null) {
                dPromptK.assign(ofPrompts(dKeys, k.size(1)).sum(0));
                dPromptV.assign(ofPrompts(dValues, k.size(1)).sum(0));
            }
        }
    }

    @Override
    public void attentionHalf(
            INDArray x,
            Norm norm,
            List<Affine> qkv,
            Affine out,
            INDArray promptK,
            INDArray promptV,
            int heads,
            List<INDArray> kept,
            INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            List<INDArray> parts = kept == null ? List.of(like(x), like(x), like(x)) : kept;
            linear(
                    rows(x),
                    norm,
                    qkv,
                    null,
                    parts.stream().map(Nd4jKernels::rows).toList());
            INDArray attended = like(x);
            attention(parts.get(0), parts.get(1), parts.get(2), promptK, promptV, null, heads, attended);
            linear(rows(attended), null, List.of(out), rows(x), List.of(rows(y)));
        }
    }

    @Override
    public void attentionHalfBackward(
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
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray dAttended = like(x);
            linearBackward(List.of(rows(dy)), List.of(out), null, null, rows(dAttended));
            List<INDArray> parts = List.of(like(x), like(x), like(x));
            attentionBackward(
                    kept.get(0),
                    kept.get(1),
                    kept.get(2),
                    promptK,
                    promptV,
                    null,
                    heads,
                    dAttended,
                    parts.get(0),
                    parts.get(1),
                    parts.get(2),
                    dPromptK,
                    dPromptV);
            if (dx != null) {
                linearBackward(parts.stream().map(Nd4jKernels::rows).toList(), qkv, rows(x), norm, rows(dx));
                dx.addi(dy);
            }
        }
    }

    private static INDArray like(INDArray a) {
        return Nd4j.createUninitialized(a.dataType(), a.shape(), 'c');
    }

    /** [B, T, D] as [B·T, D]. */
    private static INDArray rows(INDArray a) {
        return a.reshape('c', a.size(0) * a.size(1), a.size(2));
    }

    @Override
    public void embedPatches(
            INDArray images,
            int patchHeight,
            int patchWidth,
            Affine map,
            INDArray classToken,
            INDArray registers,
            INDArray positions,
            INDArray tokens) {
        long batch = images.size(0);
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray patches = patches(images, patchHeight, patchWidth);
            INDArray embedded = apply(map, patches).reshape(batch, patches.size(0) / batch, tokens.size(2));
            long classTokens = classToken == null ? 0 : 1;
            long before = classTokens + (registers == null ? 0 : registers.size(0));
            INDArray rest = positions.get(NDArrayIndex.interval(classTokens, positions.size(0)), NDArrayIndex.all());
            for (long b = 0; b < batch; b++) {
                INDArray image = tokens.get(NDArrayIndex.point(b), NDArrayIndex.all(), NDArrayIndex.all());
                if (classToken != null) {
                    image.get(NDArrayIndex.interval(0, 1), NDArrayIndex.all())
                            .assign(classToken.reshape(1, tokens.size(2)).add(positions.getRow(0, true)));
                }
                if (registers != null) {
                    image.get(NDArrayIndex.interval(classTokens, before), NDArrayIndex.all())
                            .assign(registers);
                }
                image.get(NDArrayIndex.interval(before, tokens.size(1)), NDArrayIndex.all())
                        .assign(embedded.get(NDArrayIndex.point(b), NDArrayIndex.all(), NDArrayIndex.all())
                                .addi(rest));
            }
        }
    }

    /** The patches of all images as rows [B·patches, C·patchHeight·patchWidth]. */
    static INDArray patches(INDArray images, int patchHeight, int patchWidth) {
        long batch = images.size(0);
        long channels = images.size(1);
        long rows = images.size(2) / patchHeight;
        long columns = images.size(3) / patchWidth;
        return images.reshape(batch, channels, rows, patchHeight, columns, patchWidth)
                .permute(0, 2, 4, 1, 3, 5)
                .dup('c')
                .reshape(batch * rows * columns, channels * patchHeight * patchWidth);
    }

    /** q·keysᵀ/√(D/heads) + bias, [B, heads, Tq, T + P]; the bias may be null. */
    private static INDArray scores(INDArray q, INDArray keys, INDArray bias, int heads) {
        INDArray scores = product(splitHeads(q, heads), false, splitHeads(keys, heads), true)
                .muli(scale(q, heads));
        return bias == null ? scores : scores.addi(bias.reshape(1, bias.size(0), bias.size(1), bias.size(2)));
    }

    private static double scale(INDArray q, int heads) {
        return 1 / Math.sqrt((double) q.size(2) / heads);
    }

    /** [B, T, D] followed by the prompts [P, D] of every image: [B, T + P, D]. */
    private static INDArray withPrompts(INDArray tokens, INDArray prompts) {
        if (prompts == null) {
            return tokens;
        }
        long batch = tokens.size(0);
        INDArray repeated = Nd4j.tile(prompts.reshape('c', 1, prompts.size(0), prompts.size(1)), (int) batch, 1, 1);
        return Nd4j.concat(1, tokens, repeated);
    }

    private static INDArray ofTokens(INDArray joint, long tokens) {
        return joint.get(NDArrayIndex.all(), NDArrayIndex.interval(0, tokens), NDArrayIndex.all());
    }

    private static INDArray ofPrompts(INDArray joint, long tokens) {
        return joint.get(NDArrayIndex.all(), NDArrayIndex.interval(tokens, joint.size(1)), NDArrayIndex.all());
    }

    /** [B, T, D] as [B, heads, T, D / heads]. */
    private static INDArray splitHeads(INDArray a, int heads) {
        return a.reshape('c', a.size(0), a.size(1), heads, a.size(2) / heads).permute(0, 2, 1, 3);
    }

    /** [B, heads, T, D / heads] as [B, T, D]. */
    private static INDArray joinHeads(INDArray a) {
        return a.permute(0, 2, 1, 3).dup('c').reshape('c', a.size(0), a.size(2), a.size(1) * a.size(3));
    }

    /** a·b of the last two dimensions, either transposed first. */
    static INDArray product(INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
        long[] shape = a.shape().clone();
        shape[shape.length - 2] = a.size(transposeA ? -1 : -2);
        shape[shape.length - 1] = b.size(transposeB ? -2 : -1);
        INDArray result = Nd4j.createUninitialized(a.dataType(), shape, 'c');
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        Nd4j.exec(new Mmul(a, b, result, transpose));
        return result;
    }

    static MemoryWorkspace temporaries() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(TEMPORARIES, WORKSPACE);
    }

    @Override
    public void close() {
        Nd4j.getWorkspaceManager()
                .destroyWorkspace(Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(TEMPORARIES, WORKSPACE));
    }
}
