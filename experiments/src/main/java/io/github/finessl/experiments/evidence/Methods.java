package io.github.finessl.experiments.evidence;

import io.github.finessl.experiments.option.Option;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The methods of {@code results/PROTOCOL.md}. */
final class Methods {
    /** Whose tuned settings the variants of FineSSL have. */
    static final String TUNED_FINESSL = "finessl";

    static final Row CLASS_MEANS = Row.untrained("Class means, untrained", "class-means");
    static final Row PILE = Row.untrained("Pile, untrained", "pile");
    static final Row LABELLED = Row.tuned("Labelled only", "supervised");
    static final Row FIXMATCH = Row.tuned("FixMatch", "fixmatch");
    static final Row FREEMATCH = Row.tuned("FreeMatch", "freematch");
    static final Row DEBIASPL = Row.tuned("DebiasPL", "debiaspl");
    static final Row V_PET = Row.tuned("V-PET", "v-pet");
    static final Row FINESSL = Row.tuned("FineSSL", TUNED_FINESSL);
    static final Row FINESSL_FROM_PILE = FINESSL.with("from the pile", Map.of(Option.HEAD_START.name(), "pile"));

    static final Row WITHOUT_DLS = Row.variant("FineSSL w/o DLS", "finessl-without-dls");
    static final Row WITHOUT_DLS_MATCHED = Row.variant("FineSSL w/o DLS, γ matched", "finessl-matched-gamma");
    static final Row WITHOUT_SMOOTHING = Row.variant("auxiliary head w/o label smoothing", "finessl-without-smoothing");
    static final Row MAIN_SMOOTHING = Row.variant("label smoothing on the main head instead", "finessl-main-smoothing");

    /** The methods that are compared with few labels, in the order of tables and figures. */
    static final List<Row> ALL =
            List.of(CLASS_MEANS, PILE, LABELLED, FIXMATCH, FREEMATCH, DEBIASPL, V_PET, FINESSL, FINESSL_FROM_PILE);

    /** The methods that have FineSSL's start and are trained. */
    static final List<Row> RIVALS = List.of(LABELLED, FIXMATCH, FREEMATCH, DEBIASPL, V_PET);

    /** The methods that are compared where a whole grid of them would take too long. */
    static final List<Row> FOUR = List.of(LABELLED, FIXMATCH, DEBIASPL, FINESSL);

    private Methods() {}

    /** The methods that are compared with few labels, but for some. */
    static List<Row> allBut(Row... leftOut) {
        List<Row> rows = new ArrayList<>(ALL);
        rows.removeAll(List.of(leftOut));
        return List.copyOf(rows);
    }
}
