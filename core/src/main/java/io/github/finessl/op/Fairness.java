package io.github.finessl.op;

import io.github.finessl.kernel.Kernels;
import java.util.Arrays;
import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The fairness loss: how far the mean prediction of the selected rows is from a target distribution P, classes that are
 * predicted often counting less:
 *
 * <pre>
 *   p_j = softmax z_j,   n = number of selected rows,   r_k = 1 / #{selected j: argmax p_j = k}, 0 for none
 *   v_k = r_k·Σ_j p_jk / n,   Q_k = v_k / Σ v,   L = Σ_k P_k·log(Q_k + 1e-12);   0 if nothing is selected
 * </pre>
 *
 * <p>r gets no gradient. Inputs: logits z [N, C], target P [C], selection [N] (1 or 0); output: a scalar.
 */
public final class Fairness extends KernelOp {

    /** Constructor for SameDiff alone. */
    public Fairness() {}

    private Fairness(SameDiff sd, SDVariable... inputs) {
        super(sd, inputs);
    }

    /** Adds the loss to the graph of {@code logits}. */
    public static SDVariable of(String name, SDVariable logits, SDVariable target, SDVariable selected) {
        return new Fairness(logits.getSameDiff(), logits, target, selected).outputVariables(name)[0];
    }

    @Override
    protected List<long[]> outputShapes(List<INDArray> inputs) {
        return List.of(new long[0]);
    }

    @Override
    protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
        outputs.get(0).assign(new Arithmetic(inputs).loss());
    }

    @Override
    public List<SDVariable> doDiff(List<SDVariable> gradients) {
        SDVariable dLogits = new Backward(sameDiff, arg(0), arg(1), arg(2), gradients.get(0)).outputVariables()[0];
        return List.of(dLogits, noGradient(arg(1)), noGradient(arg(2)));
    }

    /** The gradient of the fairness loss with respect to the logits. */
    public static final class Backward extends KernelOp {

        /** Constructor for SameDiff alone. */
        public Backward() {}

        private Backward(SameDiff sd, SDVariable... inputs) {
            super(sd, inputs);
        }

        @Override
        protected List<long[]> outputShapes(List<INDArray> inputs) {
            return List.of(inputs.get(0).shape());
        }

        @Override
        protected void compute(Kernels kernels, List<INDArray> inputs, List<INDArray> outputs) {
            outputs.get(0).assign(new Arithmetic(inputs).gradient(inputs.get(3).getDouble(0)));
        }
    }

    private static final class Arithmetic {
        private static final double TINY = 1e-12;

        private final double[][] p; // null for rows that are not selected
        private final double[] target;
        private final double[] scale; // r
        private final double[] q; // Q
        private final double sum; // Σ v
        private final int selected; // n

        Arithmetic(List<INDArray> inputs) {
            double[][] logits = inputs.get(0).toDoubleMatrix();
            target = inputs.get(1).toDoubleVector();
            double[] selection = inputs.get(2).toDoubleVector();
            p = new double[logits.length][];
            int[] predicted = new int[target.length];
            q = new double[target.length];
            int n = 0;
            for (int j = 0; j < p.length; j++) {
                if (selection[j] != 0) {
                    p[j] = softmax(logits[j]);
                    predicted[argmax(p[j])]++;
                    n++;
                    for (int k = 0; k < q.length; k++) {
                        q[k] += p[j][k];
                    }
                }
            }
            selected = n;
            scale = Arrays.stream(predicted)
                    .mapToDouble(count -> count == 0 ? 0 : 1.0 / count)
                    .toArray();
            Arrays.setAll(q, k -> selected == 0 ? 0 : scale[k] * q[k] / selected);
            sum = Arrays.stream(q).sum();
            Arrays.setAll(q, k -> sum == 0 ? 0 : q[k] / sum);
        }

        /** L. */
        double loss() {
            double loss = 0;
            for (int k = 0; k < q.length && selected > 0; k++) {
                loss += target[k] * Math.log(q[k] + TINY);
            }
            return loss;
        }

        /** dL/dz [N, C], times the gradient that arrives at L. */
        INDArray gradient(double upstream) {
            double[] dQ = new double[q.length];
            Arrays.setAll(dQ, k -> target[k] / (q[k] + TINY));
            double along = dot(dQ, q);
            double[] dP = new double[q.length]; // the same for every selected row
            Arrays.setAll(dP, k -> scale[k] * (dQ[k] - along) / (sum * selected));
            double[][] gradient = new double[p.length][q.length];
            for (int j = 0; j < p.length; j++) {
                if (p[j] != null) {
                    double[] row = p[j];
                    double mean = dot(dP, row);
                    Arrays.setAll(gradient[j], k -> upstream * row[k] * (dP[k] - mean));
                }
            }
            return Nd4j.create(gradient);
        }

        private static double dot(double[] a, double[] b) {
            double dot = 0;
            for (int k = 0; k < a.length; k++) {
                dot += a[k] * b[k];
            }
            return dot;
        }

        private static int argmax(double[] values) {
            int best = 0;
            for (int k = 1; k < values.length; k++) {
                best = values[k] > values[best] ? k : best;
            }
            return best;
        }

        private static double[] softmax(double[] z) {
            double max = z[argmax(z)];
            double[] p = Arrays.stream(z).map(value -> Math.exp(value - max)).toArray();
            double sum = Arrays.stream(p).sum();
            return Arrays.stream(p).map(value -> value / sum).toArray();
        }
    }
}
