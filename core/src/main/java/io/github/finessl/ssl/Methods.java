package io.github.finessl.ssl;

import io.github.finessl.ssl.FewPseudoLabels.Strategy;
import io.github.finessl.ssl.FineSsl.Part;
import io.github.finessl.ssl.Untrained.Head;
import io.github.finessl.ssl.VPet.Targets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The registry of methods: a name and how to make a fresh one. A new method is one line here. */
public final class Methods {
    /** The name of CLIP's zero-shot classification, {@link Head#ZERO_SHOT}. */
    public static final String ZERO_SHOT = "zero-shot";

    private static final Map<String, Factory> ALL = new LinkedHashMap<>();
    private static final Set<String> FEW = Set.of("fpl", "ifpl", "grip");
    private static final Set<String> AVERAGING = Set.of("freematch", "softmatch", "debiaspl", "semikd");

    static {
        ALL.put("class-means", (s, averaging, unlabelled, classes) -> new Untrained(Head.CLASS_MEANS, classes));
        ALL.put("pile", (s, averaging, unlabelled, classes) -> new Untrained(Head.PILE, classes));
        ALL.put(ZERO_SHOT, (s, averaging, unlabelled, classes) -> new Untrained(Head.ZERO_SHOT, classes));
        ALL.put("supervised", (s, averaging, unlabelled, classes) -> new Supervised(classes));
        ALL.put("fixmatch", (s, averaging, unlabelled, classes) -> new FixMatch(s.zeta(), classes));
        ALL.put("pseudo-label", (s, averaging, unlabelled, classes) -> new PseudoLabel(s.zeta(), classes));
        ALL.put("flexmatch", (s, averaging, unlabelled, classes) -> new FlexMatch(s.zeta(), unlabelled, classes));
        ALL.put("freematch", (s, averaging, unlabelled, classes) -> new FreeMatch(averaging.momentum(), classes));
        ALL.put("softmatch", (s, averaging, unlabelled, classes) -> new SoftMatch(averaging.momentum(), classes));
        ALL.put("debiaspl", (s, averaging, unlabelled, classes) -> new DebiasPl(s.zeta(), averaging, classes));
        ALL.put("fpl", few(Strategy.FPL));
        ALL.put("ifpl", few(Strategy.IFPL));
        ALL.put("grip", few(Strategy.GRIP));
        ALL.put(
                "semikd",
                (s, averaging, unlabelled, classes) ->
                        new SemiKd(s.zeta(), s.lambda(), averaging, unlabelled, classes));
        ALL.put("v-pet", (s, averaging, unlabelled, classes) -> new VPet(Targets.SOFT, unlabelled, classes));
        ALL.put("v-pet-hard", (s, averaging, unlabelled, classes) -> new VPet(Targets.HARD, unlabelled, classes));
        ALL.put(
                "v-pet-weighted",
                (s, averaging, unlabelled, classes) -> VPet.weighted(s.gamma(), s.lambda(), unlabelled, classes));
        ALL.put("finessl", (s, averaging, unlabelled, classes) -> new FineSsl(s.fineSsl(), unlabelled, classes));
        ALL.put("finessl-without-bms", ablation(Part.BALANCED_MARGIN));
        ALL.put("finessl-without-supervised-margin", ablation(Part.SUPERVISED_MARGIN));
        ALL.put("finessl-fixed-alpha", ablation(Part.DYNAMIC_ALPHA));
        ALL.put("finessl-without-dls", ablation(Part.DEBIASED_WEIGHTS));
        ALL.put("finessl-matched-gamma", ablation(Part.DEBIASED_RANKING));
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
        /** The paper's settings: α = 8, γ = 3, ζ = 0.7, λ = 0.5. */
        public static final Settings PAPER = new Settings(8, 3, 0.7, 0.5, false);

        /** Whether all settings are finite numbers. */
        public boolean isFinite() {
            return Double.isFinite(alpha) && Double.isFinite(gamma) && Double.isFinite(zeta) && Double.isFinite(lambda);
        }

        private FineSsl.Options fineSsl() {
            return reference
                    ? FineSsl.Options.reference(alpha, gamma, zeta, lambda)
                    : FineSsl.Options.paper(alpha, gamma, zeta, lambda);
        }
    }

    /** Makes a method for a run over {@code unlabelled} images of {@code classes} classes. */
    private interface Factory {
        Method make(Settings settings, Averaging averaging, int unlabelled, int classes);
    }

    private static Factory few(Strategy strategy) {
        return (settings, averaging, unlabelled, classes) -> new FewPseudoLabels(strategy, unlabelled, classes);
    }

    private static Factory ablation(Part part) {
        return (settings, averaging, unlabelled, classes) ->
                new FineSsl(settings.fineSsl().without(part), unlabelled, classes);
    }

    /** The names of all methods. */
    public static Set<String> names() {
        return ALL.keySet();
    }

    /** Whether the method has a moving average, so that {@link Averaging#momentum} concerns it. */
    public static boolean averages(String name) {
        return AVERAGING.contains(name);
    }

    /** Whether {@link Averaging#debias} concerns the method. */
    public static boolean debiases(String name) {
        return name.equals("debiaspl");
    }

    /**
     * The revision of a method: how often its steps have changed since its first runs were on record, which are other
     * runs than today's.
     */
    public static int revision(String name) {
        return FEW.contains(name) ? 1 : 0;
    }

    /** Creates a method whose averages move as its authors' do; the name must be one of {@link #names}. */
    public static Method make(String name, Settings settings, int unlabelled, int classes) {
        return make(name, settings, Averaging.AUTHORS, unlabelled, classes);
    }

    /** Creates a method; the name must be one of {@link #names}. */
    public static Method make(String name, Settings settings, Averaging averaging, int unlabelled, int classes) {
        Factory factory = ALL.get(name);
        if (factory == null) {
            throw new IllegalArgumentException("there is no method " + name + ", only " + ALL.keySet());
        }
        return factory.make(settings, averaging, unlabelled, classes);
    }
}
