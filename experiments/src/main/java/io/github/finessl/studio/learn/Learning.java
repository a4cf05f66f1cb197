package io.github.finessl.studio.learn;

import io.github.finessl.kernel.Precision;
import io.github.finessl.studio.folder.CheckedLabels;
import io.github.finessl.studio.learn.TrainingState.Phase;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import java.nio.file.Path;

/** All that is learnt from a library's labels, each part told by those that it depends on when they have changed. */
public record Learning(
        Models models,
        ModelHistory history,
        ModelAnswers answers,
        Judge judge,
        Suggestions suggestions,
        LabelReview review,
        LabelGrowth growth,
        Trainings trainings,
        PhotoSorting sorting)
        implements AutoCloseable {

    /**
     * Begins to learn from the labels of a library.
     *
     * @param encoder ONNX file
     * @param steps of a training
     */
    public static Learning of(
            PhotoLibrary library,
            Preparation preparation,
            CheckedLabels checked,
            Path encoder,
            Precision precision,
            int steps) {
        Models models = new Models(library.folder());
        ModelAnswers answers = new ModelAnswers(library, models, precision);
        Judge judge = new Judge(library, preparation, models, answers);
        Learning learning = new Learning(
                models,
                new ModelHistory(models),
                answers,
                judge,
                new Suggestions(library, preparation, answers, judge),
                new LabelReview(library, preparation, checked),
                new LabelGrowth(library, preparation),
                new Trainings(library, encoder, precision, steps),
                new PhotoSorting(library, answers, models));
        learning.connect(library, preparation);
        return learning;
    }

    private void connect(PhotoLibrary library, Preparation preparation) {
        library.onChange(this::labelsChanged);
        preparation.onProgress(() -> {
            if (preparation.isAtWork()) {
                suggestions.refreshLater();
            } else {
                suggestions.refresh();
                review.refresh();
            }
            basisChanged();
        });
        trainings.onChange(() -> {
            if (trainings.state().phase() == Phase.FINISHED) {
                models.changed();
            }
        });
        models.onChange(answers::refresh);
        models.onChange(judge::refresh);
        answers.onChange(judge::refresh);
        answers.onChange(suggestions::refresh);
        judge.onChange(suggestions::refresh);
    }

    private void labelsChanged() {
        suggestions.refresh();
        answers.reorder();
        basisChanged();
    }

    private void basisChanged() {
        answers.refresh();
        judge.refresh();
        review.changed();
        growth.changed();
    }

    /** Stops the training, which leaves a checkpoint, and waits for what is at work. */
    @Override
    public void close() {
        trainings.stop();
        sorting.close();
        growth.close();
        review.close();
        suggestions.close();
        judge.close();
        answers.close();
        trainings.close();
    }
}
