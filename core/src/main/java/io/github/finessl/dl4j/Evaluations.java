package io.github.finessl.dl4j;

import io.github.finessl.data.Dataset;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import org.nd4j.evaluation.IEvaluation;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.evaluation.classification.ROCMultiClass;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Tests of a fine-tuned model by ND4J's own evaluations. */
public final class Evaluations {

    private Evaluations() {}

    /**
     * Tests a model: accuracy, precision, recall and the confusion matrix over images whose class is known and that can
     * be read.
     */
    public static Evaluation of(FineSslModel model, Dataset images) {
        return fed(new Evaluation(model.classes()), model, images);
    }

    /**
     * Tests a model: the ROC curve of each class against the others over images whose class is known and that can be
     * read.
     */
    public static ROCMultiClass roc(FineSslModel model, Dataset images) {
        return fed(new ROCMultiClass(0), model, images); // 0: exact
    }

    private static <E extends IEvaluation<?>> E fed(E evaluation, FineSslModel model, Dataset images) {
        int classes = model.classes().size();
        model.classify(
                Photo.all(images).stream().filter(photo -> photo.truth() >= 0).toList(), new FineSslModel.Listener() {
                    @Override
                    public void classified(Photo photo, Classification answer) {
                        INDArray truth = Nd4j.zeros(1, classes);
                        truth.putScalar(0, photo.truth(), 1);
                        double[] row = answer.probabilities().stream()
                                .mapToDouble(p -> p)
                                .toArray();
                        evaluation.eval(truth, Nd4j.createFromArray(new double[][] {row}));
                    }

                    @Override
                    public void unreadable(Photo photo, String reason) {}
                });
        return evaluation;
    }
}
