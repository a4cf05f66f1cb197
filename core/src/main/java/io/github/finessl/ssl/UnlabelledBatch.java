package io.github.finessl.ssl;

/**
 * A step's unlabelled images with the model's predictions for their weak views.
 *
 * @param images positions in the unlabelled set [μB]
 * @param predictions of the weak views; null where {@link Views} does not ask for them
 * @param strong what the model says of the strong views; null without a teacher, as are the following
 * @param teacher what the teacher says of the weak views
 * @param teacherStrong what the teacher says of the strong views
 */
public record UnlabelledBatch(
        int[] images,
        WeakPredictions predictions,
        WeakPredictions strong,
        WeakPredictions teacher,
        WeakPredictions teacherStrong) {

    /** Creates a batch without a teacher. */
    public UnlabelledBatch(int[] images, WeakPredictions predictions) {
        this(images, predictions, null, null, null);
    }
}
