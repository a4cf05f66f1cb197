package io.github.finessl.studio.learn;

import io.github.finessl.io.FineSslException;
import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.StudioPhoto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What has changed in the labels since the newest model was trained.
 *
 * @param model its number
 * @param added labelled photos that had no label then
 * @param removed photos that it learnt with a label that they have no more
 * @param relabelled photos that have another class now
 * @param otherClasses whether it knows other classes than those with labelled photos now
 * @param again whether that is enough to train again
 */
public record LabelNews(String model, int added, int removed, int relabelled, boolean otherClasses, boolean again) {

    /** One change for so many labels is enough to train again. */
    private static final int ONE_FOR = 10;

    /** The news since the newest model; empty where there is none, and before all labelled photos have been looked at. */
    public static Optional<LabelNews> of(PhotoLibrary library, Models models) {
        Optional<TrainedModel> newest = models.all().stream().findFirst();
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> now = new HashMap<>();
        for (StudioPhoto photo : library.all()) {
            if (photo.place() instanceof Place.Labelled of && !photo.isUnreadable()) {
                if (photo.sha256().isEmpty()) {
                    return Optional.empty();
                }
                now.put(photo.sha256().get(), of.className());
            }
        }
        return newest.map(model -> since(model, plan(models, model), now));
    }

    private static Optional<TrainingPlan> plan(Models models, TrainedModel model) {
        try {
            return models.plan(model.number());
        } catch (FineSslException e) { // it cannot be read: nobody knows what the model learnt
            return Optional.empty();
        }
    }

    private static LabelNews since(TrainedModel model, Optional<TrainingPlan> plan, Map<String, String> now) {
        Map<String, String> learnt = plan.map(TrainingPlan::learnt).orElse(now);
        Map<String, String> known = new HashMap<>(plan.map(TrainingPlan::tested).orElse(Map.of()));
        known.putAll(learnt);
        int added = (int)
                now.keySet().stream().filter(photo -> !known.containsKey(photo)).count();
        int removed = (int) learnt.keySet().stream()
                .filter(photo -> !now.containsKey(photo))
                .count();
        int relabelled = (int) now.entrySet().stream()
                .filter(each -> known.containsKey(each.getKey())
                        && !known.get(each.getKey()).equals(each.getValue()))
                .count();
        boolean others = !Set.copyOf(model.classes()).equals(new HashSet<>(now.values()));
        int changes = added + removed + relabelled;
        return new LabelNews(
                model.number(),
                added,
                removed,
                relabelled,
                others,
                others || (changes > 0 && ONE_FOR * changes >= learnt.size()));
    }
}
