package io.github.finessl.cli;

import io.github.finessl.report.BeforeTraining.Strangers;
import io.github.finessl.report.Findings;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.FolderFacts.ClassImages;
import io.github.finessl.report.FolderFacts.Copies;
import io.github.finessl.report.FolderFacts.Picture;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The lines for people that say what was found about a training's images. */
final class FindingsPrinter {
    private static final int MOST = 20;

    private final PrintWriter out;

    private FindingsPrinter(PrintWriter out) {
        this.out = out;
    }

    static void print(Findings findings, PrintWriter out) {
        FindingsPrinter printer = new FindingsPrinter(out);
        FolderFacts folders = findings.folders();
        printer.classes(folders);
        folders.warnings().forEach(warning -> printer.line("%n%s", warning));
        printer.wrongLabels(findings.wrongLabels());
        findings.strangers().ifPresent(printer::strangers);
        printer.copies(folders.copies());
        printer.some(
                "Classes that look alike",
                folders.alike(),
                each -> String.format(
                        Locale.ROOT,
                        "%s, %s: %.0f %% of their labelled photos are nearer to the other class",
                        each.one(),
                        each.other(),
                        100 * each.confused()));
        printer.some("Left out", folders.unreadable(), each -> each.image() + " " + each.reason());
    }

    private void classes(FolderFacts folders) {
        int width = folders.classes().stream()
                .mapToInt(each -> each.name().length())
                .max()
                .orElse(0);
        line("%-" + Math.max(width, 5) + "s  labelled   test", "class");
        folders.classes()
                .forEach(each ->
                        line("%-" + Math.max(width, 5) + "s  %,8d %,6d", each.name(), each.labelled(), each.test()));
        line("%,d unlabelled photos.", folders.unlabelled());
        List<ClassImages> few = folders.withFewLabels();
        if (!few.isEmpty()) {
            line(
                    "Fewer than %d labels: %s.",
                    FolderFacts.FEW, few.stream().map(ClassImages::name).collect(Collectors.joining(", ")));
        }
    }

    private void wrongLabels(List<Findings.WrongLabel> labels) {
        some(
                "Labels that look wrong",
                labels,
                each -> String.format(
                        Locale.ROOT,
                        "%s: labelled %s (%.1f %%), looks like %s (%.1f %%)",
                        each.image(),
                        each.label(),
                        100 * each.share(),
                        each.answer(),
                        100 * each.answerShare()));
    }

    private void strangers(Strangers strangers) {
        if (strangers.areMany()) {
            line("%nAt least %.0f %% of the unlabelled photos seem to be of no class.", 100 * strangers.share());
            some("The likeliest of no class", strangers.images(), image -> image);
        }
    }

    private void copies(List<Copies> copies) {
        some(
                "Pictures that are there more than once",
                copies,
                group -> String.format(
                                Locale.ROOT,
                                "%s",
                                group.identical() ? "same file" : "cosine %.3f".formatted(group.cosine()))
                        + group.pictures().stream()
                                .limit(MOST)
                                .map(FindingsPrinter::picture)
                                .collect(Collectors.joining()));
    }

    private static String picture(Picture picture) {
        return "%n    %s (%s%s)"
                .formatted(
                        picture.image(),
                        picture.part(),
                        picture.label().map(l -> " " + l).orElse(""));
    }

    private <T> void some(String title, List<T> all, Function<T, String> text) {
        if (all.isEmpty()) {
            return;
        }
        line("%n%s (%,d):", title, all.size());
        all.stream().limit(MOST).forEach(each -> line("  %s", text.apply(each)));
        if (all.size() > MOST) {
            line("  and %,d more; --json lists all", all.size() - MOST);
        }
    }

    private void line(String format, Object... values) {
        out.printf(Locale.ROOT, format + "%n", values);
    }
}
