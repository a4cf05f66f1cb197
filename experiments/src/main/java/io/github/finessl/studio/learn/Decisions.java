package io.github.finessl.studio.learn;

import io.github.finessl.serve.Decision;
import io.github.finessl.serve.ModelFolder;
import io.github.finessl.serve.Refusal;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.Optional;

/**
 * What the model in use decides about photos, by the threshold that was chosen for it.
 *
 * @param unsureBelow the threshold, 0 for none
 * @param refusal of photos that fit no class; empty where they get a class nevertheless
 */
public record Decisions(ModelAnswers answers, double unsureBelow, Optional<Refusal> refusal) {

    /**
     * The decisions of the model in use.
     *
     * @param unknown whether photos that fit no class are of none, where the model knows a rule for that
     * @throws io.github.finessl.io.FineSslException if there is no model
     */
    public static Decisions of(ModelAnswers answers, Models models, boolean unknown) {
        TrainedModel model = models.required();
        return new Decisions(
                answers,
                models.unsureBelow(model.number()),
                unknown ? ModelFolder.read(models.folder(model.number())).refusal() : Optional.empty());
    }

    /** The decision about a photo; empty where it is not answered yet. */
    public Optional<Decision> of(StudioPhoto photo) {
        return answers.of(photo).map(answer -> Decision.of(answer, unsureBelow, refusal));
    }
}
