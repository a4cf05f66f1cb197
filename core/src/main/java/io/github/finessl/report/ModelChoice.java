package io.github.finessl.report;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The choice between a trained model and simpler ones, by labelled images that were held out of the training.
 *
 * @param kept name of the model that was kept
 * @param images that decided
 * @param right how many of them each model names right
 */
public record ModelChoice(String kept, int images, SortedMap<String, Integer> right) {
    /** The name of the trained model. */
    public static final String TRAINED = "trained";

    /** Checks the values. */
    public ModelChoice {
        if (images < 1 || right == null || !right.containsKey(kept) || !right.containsKey(TRAINED)) {
            throw new IllegalArgumentException("of " + right + " it keeps " + kept + ", by " + images + " images");
        }
    }

    /**
     * Chooses the best, the trained one only where it is better than all others.
     *
     * @param simple right answers of the simpler models, of equals the first one is taken
     * @param trained right answers of the trained one
     */
    public static ModelChoice of(int images, List<Map.Entry<String, Integer>> simple, int trained) {
        SortedMap<String, Integer> right = new TreeMap<>(Map.of(TRAINED, trained));
        simple.forEach(each -> right.put(each.getKey(), each.getValue()));
        Map.Entry<String, Integer> best =
                simple.stream().max(Comparator.comparing(Map.Entry::getValue)).orElseThrow();
        int most = best.getValue();
        String name = simple.stream()
                .filter(each -> each.getValue() == most)
                .findFirst()
                .orElseThrow()
                .getKey();
        return new ModelChoice(trained > most ? TRAINED : name, images, right);
    }

    /** Whether the trained model was kept. */
    public boolean keepsTrained() {
        return kept.equals(TRAINED);
    }

    /** What was chosen and why, in one sentence. */
    public String text() {
        if (keepsTrained()) {
            int next = right.entrySet().stream()
                    .filter(each -> !each.getKey().equals(TRAINED))
                    .mapToInt(Map.Entry::getValue)
                    .max()
                    .orElse(0);
            return "The folder keeps the trained model, which is right on %,d of %,d held-out images; the best simpler one is on %,d."
                    .formatted(right.get(TRAINED), images, next);
        }
        return "The folder keeps the simpler model (%s), which is right on %,d of %,d held-out images; the trained one is on %,d."
                .formatted(kept, right.get(kept), images, right.get(TRAINED));
    }
}
