package io.github.finessl.ssl;

import io.github.finessl.ssl.FewPseudoLabels.Strategy;
import io.github.finessl.ssl.FineSsl.Part;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The registry of methods: a name and how to make a fresh one. A new method is one line here. */
public final class Methods {
    private static final Map<String, Factory> ALL = new LinkedHashMap<>();

    static {
        ALL.put("supervised", (settings, unlabelled, classes) -> new Supervised(classes));
        ALL.put("fixmatch", (settings, unlabelled, classes) -> new FixMatch(settings.zeta(), classes));
        ALL.put("pseudo-label", (settings, unlabelled, classes) -> new PseudoLabel(settings.zeta(), classes));
        ALL.put("flexmatch", (s, unlabelled, classes) -> new FlexMatch(s.zeta(), unlabelled, classes));
        ALL.put("freematch", (settings, unlabelled, classes) -> new FreeMatch(0.999, classes));
        ALL.put("softmatch", (settings, unlabelled, classes) -> new SoftMatch(0.999, classes));
        ALL.put("debiaspl", (s, unlabelled, classes) -> new DebiasPl(s.zeta(), 0.4, 0.999, classes));
        ALL.put("fpl", few(Strategy.FPL));
        ALL.put("ifpl", few(Strategy.IFPL));
        ALL.put("grip", few(Strategy.GRIP));
        ALL.put("semikd", (s, unlabelled, classes) -> new SemiKd(s.zeta(), s.lambda(), unlabelled, classes));
        ALL.put("finessl", (s, unlabelled, classes) -> new FineSsl(s.fineSsl(), unlabelled, classes));
        ALL.put("finessl-without-bms", ablation(Part.BALANCED_MARGIN));
        ALL.put("finessl-without-supervised-margin", ablation(Part.SUPERVISED_MARGIN));
        ALL.put("finessl-fixed-alpha", ablation(Part.DYNAMIC_ALPHA));
        ALL.put("finessl-without-dls", ablation(Part.DEBIASED_WEIGHTS));
        ALL.put("finessl-without-smoothing", ablation(Part.AUXILIARY_SMOOTHING));
        ALL.put("finessl-main-smoothing", ablation(Part.SMOOTHING_PLACE));
        ALL.put("finessl-attached", ablation(Part.DETACHMENT));
    }

    private Methods() {}

    /**
     * The settings that a user can change; each method takes those it knows.
     *
     * @param zeta FineSSL's ζ, the others' threshold τ
     * @param reference the authors' code instead of the paper
     */
    public record Settings(double alpha, double gamma, double zeta, double lambda, boolean reference) {
        private FineSsl.Options fineSsl() {
            return reference
                    ? FineSsl.Options.reference(alpha, gamma, zeta, lambda)
                    : FineSsl.Options.paper(alpha, gamma, zeta, lambda);
        }
    }

    /** Makes a method for a run over {@code unlabelled} images of {@code classes} classes. */
    private interface Factory {
        Method make(Settings settings, int unlabelled, int classes);
    }

    private static Factory few(Strategy strategy) {
        return (settings, unlabelled, classes) -> new FewPseudoLabels(strategy, unlabelled, classes);
    }

    private static Factory ablation(Part part) {
        return (settings, unlabelled, classes) -> new FineSsl(settings.fineSsl().without(part), unlabelled, classes);
    }

    /** The names there are. */
    public static Set<String> names() {
        return ALL.keySet();
    }

    /** A fresh method; the name must be one of {@link #names}. */
    public static Method make(String name, Settings settings, int unlabelled, int classes) {
        Factory factory = ALL.get(name);
        if (factory == null) {
            throw new IllegalArgumentException("there is no method " + name + ", only " + ALL.keySet());
        }
        return factory.make(settings, unlabelled, classes);
    }
}
