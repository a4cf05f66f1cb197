package io.github.finessl.kernel;

import io.github.finessl.kernel.ConvolutionKernels.Filter;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A convolution with its inputs, and room for what comes of it. */
record ConvolutionCase(
        INDArray x, Filter filter, INDArray residual, boolean relu, INDArray y, INDArray dy, Gradients gradients) {

    record Gradients(INDArray dx, INDArray dWeight, INDArray dBias, INDArray dResidual) {}

    static ConvolutionCase random(Random random, DataType type) {
        int kernel = pick(random, 1, 2, 3, 5);
        return random(random, type, kernel, pick(random, 1, 1, 2, 3), random.nextInt(kernel), random.nextBoolean());
    }

    static ConvolutionCase random(
            Random random, DataType type, int kernel, int stride, int padding, boolean withResidual) {
        int in = pick(random, 1, 3, 8, 16, 37);
        int out = pick(random, 1, 5, 16, 32);
        int images = pick(random, 1, 2, 5, 9);
        int height = kernel + random.nextInt(9);
        int width = kernel + random.nextInt(9);
        Filter filter = new Filter(
                Arrays.normal(random, type, out, in, kernel, kernel),
                random.nextBoolean() ? Arrays.normal(random, type, out) : null,
                stride,
                padding,
                random.nextBoolean());
        INDArray x = Arrays.normal(random, type, images, height, width, in);
        long[] shape = filter.outputShape(x.shape());
        INDArray y = Nd4j.create(type, shape);
        return new ConvolutionCase(
                x,
                filter,
                withResidual ? Arrays.normal(random, type, shape) : null,
                random.nextBoolean(),
                y,
                Arrays.normal(random, type, shape),
                new Gradients(
                        x.like(),
                        random.nextBoolean() ? filter.weight().like() : null,
                        random.nextBoolean() ? Nd4j.create(type, out) : null,
                        random.nextBoolean() ? y.like() : null));
    }

    private static int pick(Random random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    /** The same in double precision, with arrays of its own. */
    ConvolutionCase exact() {
        return new ConvolutionCase(
                exact(x),
                new Filter(
                        exact(filter.weight()),
                        exact(filter.bias()),
                        filter.stride(),
                        filter.padding(),
                        filter.frozen()),
                exact(residual),
                relu,
                exact(y),
                exact(dy),
                new Gradients(
                        exact(gradients.dx),
                        exact(gradients.dWeight),
                        exact(gradients.dBias),
                        exact(gradients.dResidual)));
    }

    static INDArray exact(INDArray orNull) {
        return orNull == null ? null : orNull.castTo(DataType.DOUBLE).dup('c');
    }

    void forward(ConvolutionKernels kernels) {
        kernels.convolve(x, filter, residual, relu, y);
    }

    void backward(ConvolutionKernels kernels) {
        kernels.convolveBackward(
                dy, x, filter, relu ? y : null, gradients.dx, gradients.dWeight, gradients.dBias, gradients.dResidual);
    }

    /** The same without a gradient for x. */
    void backwardToWeights(ConvolutionKernels kernels) {
        kernels.convolveBackward(
                dy, x, filter, relu ? y : null, null, gradients.dWeight, gradients.dBias, gradients.dResidual);
    }

    /** The result by the definition, with loops. */
    double[] naive() {
        long[] shape = y.shape();
        double[] result = new double[(int) y.length()];
        int at = 0;
        INDArray w = filter.weight();
        long kernel = w.size(2);
        for (int n = 0; n < shape[0]; n++) {
            for (int r = 0; r < shape[1]; r++) {
                for (int c = 0; c < shape[2]; c++) {
                    for (int o = 0; o < shape[3]; o++, at++) {
                        double sum = filter.bias() == null ? 0 : filter.bias().getDouble(o);
                        for (int i = 0; i < kernel; i++) {
                            for (int j = 0; j < kernel; j++) {
                                int row = r * filter.stride() + i - filter.padding();
                                int column = c * filter.stride() + j - filter.padding();
                                if (row >= 0 && row < x.size(1) && column >= 0 && column < x.size(2)) {
                                    for (int k = 0; k < x.size(3); k++) {
                                        sum += x.getDouble(n, row, column, k) * w.getDouble(o, k, i, j);
                                    }
                                }
                            }
                        }
                        sum += residual == null ? 0 : residual.getDouble(n, r, c, o);
                        result[at] = relu ? Math.max(sum, 0) : sum;
                    }
                }
            }
        }
        return result;
    }
}
