package io.github.finessl.studio.learn;

import io.github.finessl.PreparedRun;
import io.github.finessl.report.Findings;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.PairedTest;
import io.github.finessl.report.Prediction;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.RunStore;
import io.github.finessl.studio.folder.StudioException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The history of the models: whether they got better, and what changed from one to another. Thread-safe. */
public final class ModelHistory {

    private static final Logger log = LoggerFactory.getLogger(ModelHistory.class);

    private final Models models;

    /**
     * A model in the history of all.
     *
     * @param before it and the one before on the same test photos, where there are any; the first is the one before
     * @param changes of the labels since the one before, where both are known
     */
    public record InHistory(
            TrainedModel model, boolean inUse, Optional<SamePhotos> before, Optional<LabelChanges> changes) {}

    /** Two models side by side, and how they do on the same test photos, where there are any. */
    public record SideBySide(
            ModelDetails one, ModelDetails other, Optional<SamePhotos> same, Optional<LabelChanges> changes) {}

    /** The history of models. */
    public ModelHistory(Models models) {
        this.models = models;
    }

    /** The models with what changed from one to the next, the newest first. */
    public List<InHistory> history() {
        List<TrainedModel> all = models.all();
        Optional<String> used = models.inUse().map(TrainedModel::number);
        return all.stream()
                .map(model -> {
                    int at = all.indexOf(model);
                    Optional<String> before =
                            at + 1 < all.size() ? Optional.of(all.get(at + 1).number()) : Optional.empty();
                    return new InHistory(
                            model,
                            used.equals(Optional.of(model.number())),
                            before.flatMap(number -> same(number, model.number())),
                            before.flatMap(number -> changes(number, model.number())));
                })
                .toList();
    }

    /**
     * Two models side by side.
     *
     * @throws StudioException if there is no such model
     */
    public SideBySide compare(String one, String other) {
        return new SideBySide(details(one), details(other), same(one, other), changes(one, other));
    }

    /**
     * What a model was made from.
     *
     * @throws StudioException if there is no such model
     */
    public ModelDetails details(String number) {
        TrainedModel model = models.require(number);
        try {
            RunRecord record = RunRecord.read(models.folder(number).resolve(RunStore.RECORD));
            return new ModelDetails(
                    model,
                    Findings.read(models.folder(number))
                            .map(Findings::folders)
                            .map(FolderFacts::classes)
                            .orElse(List.of()),
                    record.configuration(),
                    record.encoder().name(),
                    record.arithmetic());
        } catch (IOException e) {
            throw new StudioException(e.getMessage(), e);
        }
    }

    /** Empty where it is not known what one of both learnt from. */
    private Optional<LabelChanges> changes(String earlier, String later) {
        try {
            return models.plan(earlier)
                    .flatMap(before -> models.plan(later).map(now -> LabelChanges.between(before, now)));
        } catch (StudioException e) {
            log.warn("What changed from model {} to {} is not known: {}", earlier, later, e.getMessage());
            return Optional.empty();
        }
    }

    private Optional<SamePhotos> same(String one, String other) {
        Map<Tested, Boolean> first = tested(one);
        Map<Tested, Boolean> second = tested(other);
        first.keySet().retainAll(second.keySet());
        if (first.isEmpty()) {
            return Optional.empty();
        }
        int[] right = new int[2];
        int[] only = new int[2];
        first.forEach((photo, isRight) -> {
            boolean also = second.get(photo);
            right[0] += isRight ? 1 : 0;
            right[1] += also ? 1 : 0;
            only[0] += isRight && !also ? 1 : 0;
            only[1] += also && !isRight ? 1 : 0;
        });
        return Optional.of(new SamePhotos(first.size(), right[0], right[1], new PairedTest(only[0], only[1]).pValue()));
    }

    /** A test photo and its class. */
    private record Tested(String photo, String className) {}

    /** Whether a model named its test photos right. */
    private Map<Tested, Boolean> tested(String number) {
        List<String> classes = models.require(number).classes();
        Map<Tested, Boolean> tested = new HashMap<>();
        try {
            Path file = models.folder(number).resolve(PreparedRun.PREDICTIONS);
            if (Files.isRegularFile(file)) {
                Prediction.read(file, classes)
                        .forEach(each -> tested.put(
                                new Tested(each.image(), classes.get(each.label())), each.label() == each.predicted()));
            }
        } catch (IOException e) {
            log.warn("Model {} is not compared: {}", number, e.getMessage());
        }
        return tested;
    }
}
