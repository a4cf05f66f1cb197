package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.paper.PaperProfile;
import java.util.Map;
import java.util.Optional;

/**
 * A method of the protocol, with what distinguishes its runs from others'.
 *
 * @param name for people
 * @param tunedAs the method whose tuned settings it has; empty for one that trains nothing, and in the tuning itself
 * @param options its own by name, the method among them
 * @param matched whether γ is matched to FineSSL's weight of the unlabelled loss
 */
record Row(String name, Optional<String> tunedAs, Map<String, String> options, boolean matched) {

    /** A method that trains nothing. */
    static Row untrained(String name, String method) {
        return new Row(name, Optional.empty(), Map.of(Option.METHOD.name(), method), false);
    }

    /** A method with its own tuned settings. */
    static Row tuned(String name, String method) {
        return new Row(name, Optional.of(method), Map.of(Option.METHOD.name(), method), false);
    }

    /** A variant of FineSSL, with FineSSL's tuned settings. */
    static Row variant(String name, String method) {
        return new Row(name, Optional.of(Methods.TUNED_FINESSL), Map.of(Option.METHOD.name(), method), false);
    }

    /** This method with other options besides, under a longer name. */
    Row with(String what, Map<String, String> more) {
        return new Row(name + ", " + what, tunedAs, PaperProfile.with(options, more), matched);
    }

    /** This method with settings that its tuning tries. */
    Row candidate(String what, Map<String, String> settings) {
        return new Row(name + ", " + what, Optional.empty(), PaperProfile.with(options, settings), false);
    }

    /** This variant with a matched γ. */
    Row gammaMatched() {
        return new Row(name + ", γ matched", tunedAs, options, true);
    }

    /** The method as the option {@code method} names it. */
    String method() {
        return options.get(Option.METHOD.name());
    }
}
