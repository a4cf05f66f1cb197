package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.model.FineTunedModel;
import io.github.finessl.report.TrainingListener;
import io.github.finessl.report.Work;
import io.github.finessl.ssl.Supervised;
import io.github.finessl.tuning.Tuning;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * A finished model that votes on the unlabelled images of another run, which it sees in its own way.
 *
 * @param checkpoint its parameters, read when it votes
 * @param encoder at the resolution that the model was trained at
 * @param normalisation that the model was trained with
 * @param flip whether it looks at mirror images too
 */
public record Voter(Path checkpoint, Encoder encoder, Tuning tuning, Normalisation normalisation, boolean flip) {

    /**
     * The votes of several models, one after the other, so that one of them is in memory at a time.
     *
     * @return the class that each model gives each unlabelled image [M, n]
     * @throws CheckpointException if a checkpoint is missing, damaged or of another kind of model
     * @throws CancellationException if it was stopped
     */
    static int[][] votes(List<Voter> voters, TrainingRun run, TrainingListener listener, BooleanSupplier stop) {
        int[] images = run.split().unlabelled();
        int[][] votes = new int[voters.size()][images.length];
        for (int m = 0; m < votes.length; m++) {
            int done = m * images.length;
            try (FineTunedModel model = voters.get(m).model(run);
                    EvaluationLoader loader = new EvaluationLoader(
                            run.source().train(), images, voters.get(m).view(), Examiner.BATCH)) {
                int next = 0;
                for (EvaluationBatch batch : loader) {
                    if (stop.getAsBoolean()) {
                        throw new CancellationException("Stopped while members were voting");
                    }
                    int[] classes =
                            model.predict(batch.images(), voters.get(m).flip()).pseudoLabels();
                    System.arraycopy(classes, 0, votes[m], next, classes.length);
                    next += classes.length;
                    listener.working(Work.VOTES, done + next, votes.length * images.length);
                }
            }
        }
        return votes;
    }

    private Augmentation view() {
        return new Augmentation(encoder.imageHeight(), normalisation);
    }

    private FineTunedModel model(TrainingRun run) {
        int classes = run.source().classes().size();
        return new FineTunedModel(
                encoder,
                tuning,
                new Supervised(classes),
                SavedModel.read(checkpoint, encoder, tuning, classes).parameters(),
                DataType.FLOAT,
                run.kernels());
    }
}
