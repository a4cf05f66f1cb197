package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.LayerKernels;
import org.nd4j.linalg.api.ndarray.INDArray;

/** {@link LayerKernels#rotate} of a few images on one core, in Java: it takes little beside the products around it. */
final class RotaryPositions {
    private float[] numbers = {};

    /**
     * The angles' cosines and sines [groups, tokens, pairs], one group for all heads or one for each, the sines negated for
     * a turn back.
     */
    record Angles(float[] cos, float[] sin, int groups, int tokens, int pairs) {

        static Angles of(INDArray cos, INDArray sin, boolean back) {
            float[] sines = Floats.copy(Floats.address(sin), (int) sin.length());
            for (int i = 0; back && i < sines.length; i++) {
                sines[i] = -sines[i];
            }
            return new Angles(
                    Floats.copy(Floats.address(cos), (int) cos.length()),
                    sines,
                    (int) cos.size(0),
                    (int) cos.size(1),
                    (int) cos.size(2));
        }
    }

    /** y is x with its tokens turned, both dense. */
    void rotate(Rows x, Angles angles, Rows y) {
        int width = (int) x.width();
        int rows = (int) x.rows();
        int count = Math.toIntExact(x.images() * rows * width);
        numbers = numbers.length < count ? new float[count] : numbers;
        Floats.at(x.address(), count).get(numbers, 0, count);
        int heads = width / (2 * angles.pairs());
        for (int image = 0; image < x.images(); image++) {
            for (int token = 0; token < Math.min(rows, angles.tokens()); token++) {
                for (int head = 0; head < heads; head++) {
                    int group = angles.groups() == 1 ? 0 : head;
                    turn(
                            (image * rows + token) * width + head * 2 * angles.pairs(),
                            angles,
                            (group * angles.tokens() + token) * angles.pairs());
                }
            }
        }
        Floats.at(y.address(), count).put(numbers, 0, count);
    }

    private void turn(int at, Angles angles, int angle) {
        int pairs = angles.pairs();
        for (int i = 0; i < pairs; i++) {
            float a = numbers[at + i];
            float b = numbers[at + pairs + i];
            float c = angles.cos()[angle + i];
            float s = angles.sin()[angle + i];
            numbers[at + i] = a * c - b * s;
            numbers[at + pairs + i] = b * c + a * s;
        }
    }
}
