package io.github.finessl.studio.learn;

import java.util.HashMap;
import java.util.Map;

/**
 * What changed in the labels from one training to another, by the photos' content.
 *
 * @param added photos that only the later one learnt, or was tested on, with a label
 * @param removed photos that only the earlier one did
 * @param relabelled photos that had another class
 */
public record LabelChanges(int added, int removed, int relabelled) {

    static LabelChanges between(TrainingPlan earlier, TrainingPlan later) {
        Map<String, String> before = labelled(earlier);
        Map<String, String> now = labelled(later);
        int both = (int) now.keySet().stream().filter(before::containsKey).count();
        int relabelled = (int) now.entrySet().stream()
                .filter(each -> before.containsKey(each.getKey())
                        && !before.get(each.getKey()).equals(each.getValue()))
                .count();
        return new LabelChanges(now.size() - both, before.size() - both, relabelled);
    }

    private static Map<String, String> labelled(TrainingPlan plan) {
        Map<String, String> labelled = new HashMap<>(plan.tested());
        labelled.putAll(plan.learnt());
        return labelled;
    }
}
