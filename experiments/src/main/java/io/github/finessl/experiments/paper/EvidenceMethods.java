package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import java.util.List;
import java.util.Map;

/** The methods of {@code results/PROTOCOL.md}. */
final class EvidenceMethods {
    /** Whose tuned settings the variants of FineSSL have. */
    static final String TUNED_FINESSL = "finessl";

    static final EvidenceRow CLASS_MEANS = EvidenceRow.untrained("Class means, untrained", "class-means");
    static final EvidenceRow PILE = EvidenceRow.untrained("Pile, untrained", "pile");
    static final EvidenceRow LABELLED = EvidenceRow.tuned("Labelled only", "supervised");
    static final EvidenceRow FIXMATCH = EvidenceRow.tuned("FixMatch", "fixmatch");
    static final EvidenceRow FREEMATCH = EvidenceRow.tuned("FreeMatch", "freematch");
    static final EvidenceRow DEBIASPL = EvidenceRow.tuned("DebiasPL", "debiaspl");
    static final EvidenceRow V_PET = EvidenceRow.tuned("V-PET", "v-pet");
    static final EvidenceRow FINESSL = EvidenceRow.tuned("FineSSL", TUNED_FINESSL);
    static final EvidenceRow FINESSL_FROM_PILE =
            FINESSL.with("from the pile", Map.of(Option.HEAD_START.name(), "pile"));

    static final EvidenceRow WITHOUT_DLS = EvidenceRow.variant("FineSSL w/o DLS", "finessl-without-dls");
    static final EvidenceRow WITHOUT_DLS_MATCHED =
            EvidenceRow.variant("FineSSL w/o DLS, γ matched", "finessl-matched-gamma");
    static final EvidenceRow WITHOUT_SMOOTHING =
            EvidenceRow.variant("auxiliary head w/o label smoothing", "finessl-without-smoothing");
    static final EvidenceRow MAIN_SMOOTHING =
            EvidenceRow.variant("label smoothing on the main head instead", "finessl-main-smoothing");

    /** The methods that have FineSSL's start and are trained. */
    static final List<EvidenceRow> RIVALS = List.of(LABELLED, FIXMATCH, FREEMATCH, DEBIASPL, V_PET);

    /** The methods that are compared where a whole grid of them would take too long. */
    static final List<EvidenceRow> FOUR = List.of(LABELLED, FIXMATCH, DEBIASPL, FINESSL);

    private EvidenceMethods() {}
}
