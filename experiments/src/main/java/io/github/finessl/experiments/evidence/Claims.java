package io.github.finessl.experiments.evidence;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;

import io.github.finessl.experiments.evidence.Difference.Numbers;
import io.github.finessl.experiments.evidence.Difference.Verdict;
import io.github.finessl.experiments.run.Metric;
import io.github.finessl.report.RunRecord;
import io.github.finessl.report.SeedDifferences;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The claims of the paper beside what the protocol's runs say, in Markdown, a row a claim. */
record Claims(Protocol protocol, Analysis analysis) {

    /**
     * A claim that a family of differences speaks about.
     *
     * @param claim the paper's, with its numbers, or ours
     * @param change what would change the reading
     */
    private record Claim(String claim, String family, String change) {}

    private static final String MORE = "CLIP's encoder, 15,000 steps, more seeds";

    private static final List<Claim> CLAIMS = List.of(
            new Claim(
                    "FineSSL leads when labels are few (Table 1: about 18 points at CIFAR-10 N1, 3 over DebiasPL at"
                            + " CIFAR-100 N4)",
                    Family.PRIMARY,
                    MORE + "; a wider grid for the rivals"),
            new Claim(
                    "It is worth more than the pile without any training (not in the paper)",
                    Family.UNTRAINED,
                    "a smaller pile, or one that the encoder separates badly"),
            new Claim(
                    "With its head from the pile it leads all others (not in the paper)",
                    Family.FROM_PILE,
                    "rivals that start from the pile too: stage 6 has FixMatch"),
            new Claim(
                    "Every part helps (Table 6, CIFAR-100 N4: without BMS -3.74; without DLS -2.54 on average with"
                            + " strangers)",
                    Family.ABLATION,
                    MORE + ": margins need steps to even out pseudo-labels"),
            new Claim(
                    "Decoupled label smoothing tells strangers from known classes (Figure 4; -1.87 without it)",
                    Family.STRANGERS_DLS,
                    "if the difference at equal weight stood, smoothing would rank images"),
            new Claim("It leads with long tails (Table 9: +2.95 over SoftMatch)", Family.LONG_TAILS, MORE),
            new Claim("It leads with strangers among the unlabelled (Figure 4)", Family.STRANGERS, MORE),
            new Claim(
                    "It leads on fine-grained natural photos (not in the paper)",
                    Family.FINE,
                    "six seeds in the place of three"),
            new Claim(
                    "It leads with other ways of fine-tuning (Table 4)", Family.STRATEGIES, "rates tuned for each way"),
            new Claim(
                    "Adapters are as good as prompts (Table 4: AdaptFormer up to +.62 over VPT)",
                    Family.ADAPTERS,
                    "an encoder that prompts suit, as CLIP's"),
            new Claim("With prompts it leads (the paper's default)", Family.PROMPTS, "rates tuned for prompts"),
            new Claim(
                    "Its lead does not depend on the head's start (the paper's is random)",
                    Family.STARTS,
                    "more steps, which a random head needs"));

    private static final String HEAD = """
        ## What the paper claims, and what shows here

        Read by [the protocol](PROTOCOL.md), which was committed before the runs; written by `mvn exec:java -Dexp=Evidence` from the
        [records](evidence/table.md). ViT-Ti/16 (a supervised ImageNet model, not CLIP), AdaptFormer, 200 steps of batch 16, full test sets, every method
        tuned on held-out images. Differences are points of top-1, FineSSL minus the rival that is best on held-out images, with the 95 % t interval over
        seeds and Holm's p. *Ahead* and *behind* stand by the protocol's rule; *open* means that chance would do as much; *interim* that runs are missing, so
        that nothing is concluded. What the quick tables show is [below](#what-the-quick-tables-show).

        | claim | here | reading | what would change it |
        |---|---|---|---|
        """;

    /** The text of {@code results/claims.md}. */
    String text() throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (Claim claim : CLAIMS) {
            List<Difference> differences = analysis.differences(family(claim.family()));
            text.append("| %s | %s | %s | %s |%n"
                    .formatted(claim.claim(), here(differences), reading(differences), claim.change()));
        }
        return text.append(evenness()).append('\n').toString();
    }

    private Family family(String title) {
        return protocol.families().stream()
                .filter(family -> family.title().equals(title))
                .findFirst()
                .orElseGet(() -> new Family(title, List.of()));
    }

    private static String here(List<Difference> differences) {
        List<Difference> known =
                differences.stream().filter(each -> each.numbers().isPresent()).toList();
        return known.isEmpty()
                ? "missing: no run is finished"
                : known.stream().map(Claims::sentence).collect(joining("; "));
    }

    private static String sentence(Difference each) {
        Numbers numbers = each.numbers().get();
        Contrast contrast = each.contrast();
        String subject = contrast.rivals().size() == 1
                        && !contrast.rivals()
                                .get(0)
                                .tunedAs()
                                .equals(contrast.method().tunedAs())
                ? contrast.setting().name()
                : contrast.setting().name()
                        + (contrast.method().equals(Methods.FINESSL)
                                ? ""
                                : ", " + contrast.method().name());
        return String.format(
                Locale.ROOT,
                "%s: %+.2f %s over %s, p %.3f%s",
                subject,
                numbers.difference().mean(),
                Tables.interval(numbers.difference().interval(Analysis.LEVEL)),
                numbers.rival().name(),
                numbers.holm(),
                each.missing().isEmpty() ? "" : " (missing: " + String.join(", ", each.missing()) + ")");
    }

    /** How many differences are read how. */
    static String reading(List<Difference> differences) {
        Map<Verdict, Long> counts =
                differences.stream().collect(groupingBy(Difference::verdict, TreeMap::new, counting()));
        return counts.isEmpty()
                ? Verdict.INTERIM.toString()
                : counts.entrySet().stream()
                        .map(count -> count.getKey() + " " + count.getValue() + " of " + differences.size())
                        .collect(joining(", "));
    }

    /** Whether pseudo-labels are spread more evenly than FixMatch's: a row of the table. */
    private String evenness() {
        List<String> sentences = new ArrayList<>();
        int lower = 0;
        int higher = 0;
        int settings = 0;
        boolean complete = true;
        for (Contrast contrast : family(Family.PRIMARY).contrasts()) {
            Map<Long, RunRecord> fineSsl = analysis.finished(Methods.FINESSL, contrast.setting(), contrast.seeds());
            Map<Long, RunRecord> fixMatch = analysis.finished(Methods.FIXMATCH, contrast.setting(), contrast.seeds());
            List<Double> differences = fineSsl.keySet().stream()
                    .filter(seed -> fixMatch.containsKey(seed)
                            && fineSsl.get(seed).survey() != null
                            && fixMatch.get(seed).survey() != null)
                    .map(seed -> misplaced(fineSsl.get(seed)) - misplaced(fixMatch.get(seed)))
                    .toList();
            settings++;
            complete &= differences.size() == contrast.seeds().size();
            if (!differences.isEmpty()) {
                SeedDifferences misplaced = new SeedDifferences(differences);
                SeedDifferences.Interval interval = misplaced.interval(Analysis.LEVEL);
                lower += interval.high() < 0 ? 1 : 0;
                higher += interval.low() > 0 ? 1 : 0;
                sentences.add(String.format(
                        Locale.ROOT,
                        "%s: %+.2f %s",
                        contrast.setting().name(),
                        misplaced.mean(),
                        Tables.interval(interval)));
            }
        }
        return "| Its pseudo-labels are spread more evenly (Figure 2) | %s | %s | %s |"
                .formatted(
                        sentences.isEmpty()
                                ? "missing: no run is finished"
                                : "misplaced share, FineSSL minus FixMatch: " + String.join("; ", sentences),
                        complete && settings > 0
                                ? "more even in %d, less even in %d of %d".formatted(lower, higher, settings)
                                : Verdict.INTERIM,
                        MORE);
    }

    private static double misplaced(RunRecord run) {
        return Metric.MISPLACED.value().apply(run);
    }
}
