package io.github.finessl.model;

import io.github.finessl.ssl.Method;
import io.github.finessl.ssl.StepTargets;
import io.github.finessl.ssl.UnlabelledBatch;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Images of the first golden step of the small model, as a method wants them: 2 labelled and 2 unlabelled ones. */
final class GoldenBatch {
    private final INDArray training;
    private final INDArray weak;

    /** For methods with the given number of strong views. */
    GoldenBatch(int strongViews) {
        INDArray labelled = input("x");
        training = switch (strongViews) {
            case 0 -> labelled;
            case 1 -> Nd4j.concat(0, labelled, input("u_strong0"));
            default -> Nd4j.concat(0, labelled, input("u_strong0"), input("u_strong1"));
        };
        weak = input("u_weak");
    }

    /** The method's targets for what the model says now. */
    StepTargets targets(FineTunedModel model, Method method) {
        int[] labels = Arrays.copyOf(SmallClip.INPUTS.get("y").ints(), 2);
        int[] images = Arrays.copyOf(SmallClip.INPUTS.get("uidx").ints(), 2);
        return method.targets(
                labels, method.views().weak() ? new UnlabelledBatch(images, model.predictAsInTraining(weak)) : null);
    }

    INDArray training() {
        return training;
    }

    private static INDArray input(String name) {
        return SmallClip.array(SmallClip.INPUTS, name)
                .get(NDArrayIndex.point(0), NDArrayIndex.interval(0, 2))
                .castTo(DataType.FLOAT)
                .dup('c');
    }
}
