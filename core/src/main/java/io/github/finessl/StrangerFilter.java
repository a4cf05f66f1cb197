package io.github.finessl;

import io.github.finessl.PreparedRun.Surroundings;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Split;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.report.BeforeTraining.Strangers;
import io.github.finessl.ssl.Views;
import io.github.finessl.train.FeatureAnalysis;
import io.github.finessl.train.FeatureBank;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** What leaves strangers out of a training, where its {@link StrangerPolicy} asks for that. */
final class StrangerFilter {
    private StrangerFilter() {}

    /**
     * The run's split, without the unlabelled images that seem to be of no class by the frozen features if these are many and to
     * be left out.
     *
     * @param views of the run's method
     * @throws SettingsException if no image is left to a method that learns from unlabelled ones
     * @throws java.util.concurrent.CancellationException if it was stopped
     */
    static Split applied(PreparedRun run, Views views, Kernels kernels, Surroundings around) {
        DataSource source = run.data().source();
        Split split = run.data().split();
        if (run.settings().strangers() == StrangerPolicy.KEEP || split.unlabelled().length == 0) {
            return split;
        }
        Optional<Strangers> found;
        try (FeatureBank bank = new FeatureBank(run.encoder(), run.view(), kernels)) {
            found = FeatureAnalysis.strangers(bank, source, split, around.listener(), around.stop());
        }
        if (found.isEmpty() || !found.get().areMany()) {
            return split;
        }
        Set<String> strangers = Set.copyOf(found.get().images());
        int[] all = split.unlabelled();
        int[] kept = IntStream.range(0, all.length)
                .filter(i -> !strangers.contains(source.train().source(all[i])))
                .toArray();
        if (kept.length == 0 && views.unlabelled()) {
            throw new SettingsException(
                    "strangers", run.settings().strangers().toString(), "all unlabelled images seem to be of no class");
        }
        around.listener()
                .message(String.format(
                        Locale.ROOT,
                        "%,d of the %,d unlabelled images seem to be of no class; they are left out of the training.",
                        all.length - kept.length,
                        all.length));
        return split.withUnlabelled(kept);
    }
}
