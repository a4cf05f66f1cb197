package io.github.finessl;

import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.SureAnswers;
import io.github.finessl.serve.Calibration;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Refusal;
import io.github.finessl.ssl.Methods;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * How sure a trained model may be: fits the temperature of its probabilities and the threshold of what is of no class, never by
 * test images, and tests both on these.
 */
final class CertaintyFit {
    /** Test images that are looked at again, evenly spread over all. */
    private static final int SAMPLE = 1000;

    private final FineSslModel model;
    private final DataSource source;
    private final BooleanSupplier stop;

    private CertaintyFit(FineSslModel model, DataSource source, BooleanSupplier stop) {
        this.model = model;
        this.source = source;
        this.stop = stop;
    }

    /** What was fitted, and how it fares on test images. */
    record Result(Optional<Calibration> calibration, Optional<Refusal> refusal, SureAnswers test) {}

    /**
     * Fits and tests.
     *
     * @param model without calibration
     * @param heldOut indices of labelled images that were held out of the training
     * @param unlabelled the model's answers for unlabelled images
     * @throws CancellationException if it was stopped
     */
    static Result of(
            FineSslModel model,
            DataSource source,
            int[] heldOut,
            List<PseudoLabelled> unlabelled,
            BeforeTraining before,
            BooleanSupplier stop) {
        return new CertaintyFit(model, source, stop).fit(heldOut, unlabelled, before);
    }

    private Result fit(int[] heldOut, List<PseudoLabelled> unlabelled, BeforeTraining before) {
        List<Answered> known = answers(source.train(), heldOut);
        Optional<Calibration> calibration = Calibration.of(known.stream()
                .map(each -> new Calibration.Known(each.probabilities(), each.label()))
                .toList());
        double[] strangers = fits(answers(source.strangers().training()));
        boolean sharesPart =
                model.card().origin().method().equals(Methods.ZERO_SHOT); // of its logits, with all classes
        Optional<Refusal> ofPile = sharesPart
                ? Optional.empty()
                : Refusal.of(ofClasses(unlabelled, before), strangers, Refusal.Basis.UNLABELLED);
        Optional<Refusal> refusal = ofPile.or(() -> Refusal.of(fits(known), strangers, Refusal.Basis.HELD_OUT));
        return new Result(calibration, refusal, tested(calibration, refusal));
    }

    /** The largest logits of the unlabelled images but for those that seemed strangers before the training. */
    private static double[] ofClasses(List<PseudoLabelled> unlabelled, BeforeTraining before) {
        Set<String> strangers = before.manyStrangers();
        return unlabelled.stream()
                .filter(each -> !strangers.contains(each.image()))
                .mapToDouble(PseudoLabelled::fit)
                .toArray();
    }

    private SureAnswers tested(Optional<Calibration> calibration, Optional<Refusal> refusal) {
        Dataset test = source.test();
        int looked = Math.min(test.size(), SAMPLE);
        List<Answered> ofClasses = answers(
                test,
                IntStream.range(0, looked)
                        .map(i -> (int) ((long) i * test.size() / looked))
                        .toArray());
        List<SureAnswers.Answer> answers =
                ofClasses.stream().map(each -> answer(each, calibration)).toList();
        List<Answered> ofNone = answers(source.strangers().test());
        return new SureAnswers(
                SureAnswers.error(answers),
                calibration.map(each -> new SureAnswers.Calibrated(each.temperature(), each.images())),
                refusal.map(rule -> new SureAnswers.None(
                        switch (rule.basis()) {
                            case HELD_OUT -> "labelled images that were held out of the training";
                            case UNLABELLED -> "unlabelled images that seem to be of the classes";
                            case SIGMOID -> "the model's own sigmoid";
                        },
                        rule.strangers(),
                        tested(ofClasses, rule),
                        tested(ofNone, rule))));
    }

    private static SureAnswers.Tested tested(List<Answered> images, Refusal rule) {
        return new SureAnswers.Tested(images.size(), (int) images.stream()
                .filter(each -> rule.refuses(each.answer().fit()))
                .count());
    }

    private static SureAnswers.Answer answer(Answered image, Optional<Calibration> calibration) {
        double[] probabilities = image.probabilities();
        double[] honest = calibration.map(each -> each.apply(probabilities)).orElse(probabilities);
        return new SureAnswers.Answer(
                image.isRight(), Arrays.stream(honest).max().orElseThrow());
    }

    private List<Answered> answers(Dataset images) {
        return answers(images, IntStream.range(0, images.size()).toArray());
    }

    private List<Answered> answers(Dataset images, int[] some) {
        return Answered.by(model, images, some, stop);
    }

    private static double[] fits(List<Answered> images) {
        return images.stream().mapToDouble(each -> each.answer().fit()).toArray();
    }
}
