package io.github.finessl.ssl;

import io.github.finessl.io.Numbers;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A method of semi-supervised learning with its settings, of which every run makes a fresh {@link Method}. Immutable.
 *
 * <p>{@code FineSsl.paper().alpha(4)} is FineSSL with another scale of the margin, {@code MethodChoice.named("fixmatch")} a
 * baseline, {@code MethodChoice.own("mine", (unlabelled, classes) -> new Mine(classes))} a method of one's own.
 *
 * @param name by which run records and models know it
 * @param settings of which a method takes those that it knows
 * @param momentum of moving averages; empty for one that suits the number of steps, see {@link Averaging#momentum}
 * @param debias how much of the bias DebiasPL takes away, t
 * @param own makes a method that is none of {@link Methods#names}
 */
public record MethodChoice(
        String name, Methods.Settings settings, Optional<Double> momentum, double debias, Optional<MethodFactory> own) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if there is no such method, or a method of one's own has the name of one that is
     */
    public MethodChoice {
        boolean known = Methods.names().contains(name);
        if (own.isEmpty() && !known) {
            throw new IllegalArgumentException("there is no method " + name + ", only " + Methods.names());
        }
        if (own.isPresent() && (known || !name.matches("[a-z0-9-]+"))) {
            throw new IllegalArgumentException(
                    known
                            ? "the name " + name + " is taken"
                            : "a method's name has lower-case letters, digits and hyphens, not '" + name + "'");
        }
    }

    /**
     * A method of this library with the paper's settings.
     *
     * @param name one of {@link Methods#names}
     */
    public static MethodChoice named(String name) {
        return new MethodChoice(
                name, Methods.Settings.PAPER, Optional.empty(), Averaging.AUTHORS.debias(), Optional.empty());
    }

    /**
     * A user's own method.
     *
     * @param name lower-case letters, digits and hyphens; runs are told apart by it, so that another name is due where the
     *     method changes
     */
    public static MethodChoice own(String name, MethodFactory factory) {
        return new MethodChoice(
                name, Methods.Settings.PAPER, Optional.empty(), Averaging.AUTHORS.debias(), Optional.of(factory));
    }

    /** This method with another α, the scale of FineSSL's margin. */
    public MethodChoice alpha(double alpha) {
        return with(new Methods.Settings(
                alpha, settings.gamma(), settings.zeta(), settings.lambda(), settings.reference()));
    }

    /** This method with another γ, the scale of the weights of FineSSL's unlabelled images. */
    public MethodChoice gamma(double gamma) {
        return with(new Methods.Settings(
                settings.alpha(), gamma, settings.zeta(), settings.lambda(), settings.reference()));
    }

    /** This method with another ζ, the confidence from which FineSSL counts a pseudo-label, and the others' threshold. */
    public MethodChoice zeta(double zeta) {
        return with(new Methods.Settings(
                settings.alpha(), settings.gamma(), zeta, settings.lambda(), settings.reference()));
    }

    /** This method with another λ, the label smoothing of FineSSL's auxiliary head. */
    public MethodChoice lambda(double lambda) {
        return with(new Methods.Settings(
                settings.alpha(), settings.gamma(), settings.zeta(), lambda, settings.reference()));
    }

    /** This method as its authors' code has it, where that differs from the paper. */
    public MethodChoice reference() {
        return with(new Methods.Settings(settings.alpha(), settings.gamma(), settings.zeta(), settings.lambda(), true));
    }

    /** This method with other settings. */
    public MethodChoice with(Methods.Settings others) {
        return new MethodChoice(name, others, momentum, debias, own);
    }

    /** This method with moving averages of another kind. */
    public MethodChoice averaging(Optional<Double> otherMomentum, double otherDebias) {
        return new MethodChoice(name, settings, otherMomentum, otherDebias, own);
    }

    /**
     * A fresh method for a run.
     *
     * @param steps of the run
     * @param unlabelled how many unlabelled images it has
     */
    public Method make(int steps, int unlabelled, int classes) {
        return own.isPresent()
                ? own.get().make(unlabelled, classes)
                : Methods.make(name, settings, averaging(steps), unlabelled, classes);
    }

    /** The views that a step of the method needs. */
    public Views views() {
        return make(1, 1, 2).views();
    }

    /** Whether the method learns from finished models' votes. */
    public boolean polls() {
        return make(1, 1, 2).polls();
    }

    /** Whether the method begins with what a text tower says of the unlabelled images, where there is one. */
    public boolean beginsZeroShot() {
        return make(1, 1, 2).beginsZeroShot();
    }

    /** The head that the method is, where it trains nothing. */
    public Optional<Untrained.Head> untrained() {
        return make(1, 1, 2).untrained();
    }

    private Averaging averaging(int steps) {
        return new Averaging(momentum.orElseGet(() -> Averaging.momentum(steps)), debias);
    }

    /**
     * The settings that tell runs of the method from runs of others, by the names of options. How averages move is left
     * out where the method has none, or where they move as its authors' do, as they once always did. A method that is
     * no longer what it was has its revision here.
     */
    public SortedMap<String, String> identity(int steps) {
        SortedMap<String, String> texts = recorded(steps);
        texts.remove("emaMomentum", Numbers.text(Averaging.AUTHORS.momentum()));
        texts.remove("debias", Numbers.text(Averaging.AUTHORS.debias()));
        int revision = Methods.revision(name);
        if (revision > 0) {
            texts.put("methodRevision", Integer.toString(revision));
        }
        return texts;
    }

    /** The settings as run records have them, by the names of options. */
    public SortedMap<String, String> recorded(int steps) {
        SortedMap<String, String> texts = new TreeMap<>();
        texts.put("method", name);
        texts.put("fidelity", settings.reference() ? "reference" : "paper");
        texts.put("alpha", Numbers.text(settings.alpha()));
        texts.put("gamma", Numbers.text(settings.gamma()));
        texts.put("zeta", Numbers.text(settings.zeta()));
        texts.put("lambda", Numbers.text(settings.lambda()));
        if (Methods.averages(name)) {
            texts.put("emaMomentum", Numbers.text(averaging(steps).momentum()));
        }
        if (Methods.debiases(name)) {
            texts.put("debias", Numbers.text(debias));
        }
        return texts;
    }
}
