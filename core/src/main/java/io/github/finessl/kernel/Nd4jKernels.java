package io.github.finessl.kernel;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.api.ops.impl.transforms.strict.Erf;
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

    @Override
    public String name() {
        return "nd4j";
    }

    @Override
    public void linear(
            INDArray x,
            INDArray weight,
            INDArray bias,
            Activation activation,
            INDArray residual,
            INDArray preActivation,
            INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray h = product(x, false, weight, false);
            if (bias != null) {
                h.addiRowVector(bias);
            }
            if (preActivation != null) {
                preActivation.assign(h);
            }
            h = activate(activation, h);
            y.assign(residual == null ? h : h.addi(residual));
        }
    }

    @Override
    public void linearBackward(
            INDArray dy, INDArray weight, Activation activation, INDArray preActivation, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray dh = activation == Activation.IDENTITY
                    ? dy
                    : derivative(activation, preActivation).muli(dy);
            dx.assign(product(dh, false, weight, true));
        }
    }

    @Override
    public void layerNorm(INDArray x, INDArray gain, INDArray bias, double epsilon, INDArray y) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray centred = x.subColumnVector(x.mean(true, 1));
            centred.muliColumnVector(inverseDeviation(centred, epsilon));
            y.assign(centred.muliRowVector(gain).addiRowVector(bias));
        }
    }

    @Override
    public void layerNormBackward(INDArray x, INDArray gain, double epsilon, INDArray dy, INDArray dx) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray normal = x.subColumnVector(x.mean(true, 1));
            INDArray inverse = inverseDeviation(normal, epsilon);
            normal.muliColumnVector(inverse);
            INDArray dNormal = dy.mulRowVector(gain);
            INDArray meanGradient = dNormal.mean(true, 1);
            INDArray meanProduct = dNormal.mul(normal).mean(true, 1);
            dNormal.subiColumnVector(meanGradient).subi(normal.muliColumnVector(meanProduct));
            dx.assign(dNormal.muliColumnVector(inverse));
        }
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
            int heads,
            INDArray out,
            INDArray logSumExp) {
        try (MemoryWorkspace ignored = temporaries()) {
            INDArray s = scores(q, withPrompts(k, promptK), heads); // [B, heads, Tq, T + P]
            INDArray max = s.max(true, 3);
            INDArray p = Transforms.exp(s.subi(max), false);
            INDArray sum = p.sum(true, 3);
            p.divi(sum);
            out.assign(joinHeads(product(p, false, splitHeads(withPrompts(v, promptV), heads), false)));
            if (logSumExp != null) {
                logSumExp.assign(Transforms.log(sum, false).addi(max).reshape(logSumExp.shape()));
            }
        }
    }

    @Override
    public void attentionBackward(
            INDArray q,
            INDArray k,
            INDArray v,
            INDArray promptK,
            INDArray promptV,
            int heads,
            INDArray out,
            INDArray logSumExp,
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
            long[] column = {q.size(0), heads, q.size(1), 1};

            INDArray s = scores(q, keys, heads); // [B, heads, Tq, T + P]
            INDArray p = Transforms.exp(s.subi(logSumExp.reshape(column)), false);
            INDArray dValues = joinHeads(product(p, true, dOutHeads, false));
            INDArray delta = dOutHeads.mul(splitHeads(out, heads)).sum(true, 3).reshape(column);
            INDArray dScores = product(dOutHeads, false, splitHeads(values, heads), true)
                    .subi(delta)
                    .muli(p)
                    .muli(scale(q, heads));
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

    /** q·keysᵀ/√(D/heads), [B, heads, Tq, T + P]. */
    private static INDArray scores(INDArray q, INDArray keys, int heads) {
        return product(splitHeads(q, heads), false, splitHeads(keys, heads), true)
                .muli(scale(q, heads));
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

    private static INDArray activate(Activation activation, INDArray x) {
        return switch (activation) {
            case IDENTITY -> x;
            case QUICK_GELU -> Transforms.sigmoid(x.mul(1.702), false).muli(x);
            case GELU_ERF -> normalDistribution(x).muli(x);
            case GELU_TANH ->
                Transforms.tanh(tanhArgument(x), false).addi(1).muli(x).muli(0.5);
        };
    }

    private static INDArray derivative(Activation activation, INDArray x) {
        return switch (activation) {
            case IDENTITY -> throw new IllegalArgumentException("the identity needs no derivative");
            case QUICK_GELU -> {
                INDArray s = Transforms.sigmoid(x.mul(1.702), false);
                yield x.mul(1.702).muli(s.rsub(1)).addi(1).muli(s);
            }
            case GELU_ERF -> {
                INDArray density = Transforms.exp(x.mul(x).muli(-0.5), false).muli(1 / Math.sqrt(2 * Math.PI));
                yield density.muli(x).addi(normalDistribution(x));
            }
            case GELU_TANH -> {
                INDArray t = Transforms.tanh(tanhArgument(x), false);
                INDArray slope = x.mul(x).muli(3 * 0.044715).addi(1).muli(Math.sqrt(2 / Math.PI));
                yield slope.muli(x).muli(t.mul(t).rsubi(1)).addi(t).addi(1).muli(0.5);
            }
        };
    }

    /** Φ(x) = ½(1 + erf(x/√2)). */
    private static INDArray normalDistribution(INDArray x) {
        INDArray scaled = x.mul(Math.sqrt(0.5));
        return Nd4j.getExecutioner().exec(new Erf(scaled, scaled)).addi(1).muli(0.5);
    }

    /** √(2/π)(x + 0.044715·x³). */
    private static INDArray tanhArgument(INDArray x) {
        return x.mul(x).muli(0.044715).addi(1).muli(x).muli(Math.sqrt(2 / Math.PI));
    }

    /** a·b of the last two dimensions, either transposed first. */
    private static INDArray product(INDArray a, boolean transposeA, INDArray b, boolean transposeB) {
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

    private static MemoryWorkspace temporaries() {
        return Nd4j.getWorkspaceManager().getAndActivateWorkspace(TEMPORARIES, WORKSPACE);
    }

    @Override
    public void close() {
        Nd4j.getWorkspaceManager()
                .destroyWorkspace(Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(TEMPORARIES, WORKSPACE));
    }
}
