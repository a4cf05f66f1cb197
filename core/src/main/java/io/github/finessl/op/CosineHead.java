package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The cosine classifier: z = s·cos(f, w_k), for features f [N, D], class weights W [C, D] and a learnable scale s [1];
 * logits z [N, C].
 */
public final class CosineHead extends KernelOp {

    /** Constructor for SameDiff alone. */
    public CosineHead() {}

    private CosineHead(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    /** Adds the op to the graph of {@code features}. */
    public static SDVariable of(String name, SDVariable features, SDVariable weight, SDVariable scale) {
        return new CosineHead(features.getSameDiff(), features, weight, scale).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[] {inputs.get(0).size(0), inputs.get(1).size(0)});
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        Cosine cosine = Cosine.of(inputs.get(0), inputs.get(1));
        outputs.get(0).assign(cosine.similarity().mul(inputs.get(2).getDouble(0)));
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        return List.of(new Backward(sameDiff, arg(0), arg(1), arg(2), gradients.get(0)).outputVariables());
    }

    /** The gradients of the cosine classifier with respect to features, weights and scale. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        public int getNumOutputs() {
            return 3;
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return inputs.subList(0, 3).stream().map(INDArray::shape).toList();
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            Cosine cosine = Cosine.of(inputs.get(0), inputs.get(1));
            double scale = inputs.get(2).getDouble(0);
            INDArray dLogits = inputs.get(3);
            write(outputs.get(0), () -> cosine.featureGradient(dLogits, scale));
            write(outputs.get(1), () -> cosine.weightGradient(dLogits, scale));
            write(outputs.get(2), () -> cosine.scaleGradient(dLogits));
        }
    }

    /**
     * Rows of length one and their products.
     *
     * @param f features divided by {@code fNorm} [N, 1]
     * @param w class weights divided by {@code wNorm} [C, 1]
     * @param similarity f·wᵀ [N, C]
     */
    record Cosine(INDArray f, INDArray fNorm, INDArray w, INDArray wNorm, INDArray similarity) {
        /** PyTorch's F.normalize: no row is divided by less. */
        private static final double SMALLEST_NORM = 1e-12;

        static Cosine of(INDArray features, INDArray weight) {
            INDArray fNorm = norms(features);
            INDArray wNorm = norms(weight);
            INDArray f = features.divColumnVector(fNorm);
            INDArray w = weight.divColumnVector(wNorm);
            return new Cosine(f, fNorm, w, wNorm, f.mmul(w.transpose()));
        }

        private static INDArray norms(INDArray rows) {
            INDArray norm = rows.norm2(true, 1);
            return org.nd4j.linalg.ops.transforms.Transforms.max(norm, SMALLEST_NORM, false);
        }

        /** (s·dz·w - f·⟨f, s·dz·w⟩) / |f|. */
        INDArray featureGradient(INDArray dLogits, double scale) {
            return tangent(dLogits.mmul(w).muli(scale), f, fNorm);
        }

        INDArray weightGradient(INDArray dLogits, double scale) {
            return tangent(dLogits.transpose().mmul(f).muli(scale), w, wNorm);
        }

        INDArray scaleGradient(INDArray dLogits) {
            return dLogits.mul(similarity).sum();
        }

        private static INDArray tangent(INDArray gradient, INDArray direction, INDArray norm) {
            INDArray along = gradient.mul(direction).sum(true, 1);
            return gradient.subi(direction.mulColumnVector(along)).diviColumnVector(norm);
        }
    }
}
