package io.github.finessl.cli;

import io.github.finessl.data.Dataset;
import io.github.finessl.data.PhotoFolders;
import io.github.finessl.io.Overwriting;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.serve.Photo;
import io.github.finessl.serve.PseudoLabels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The subcommand that predicts labels of unlabelled photos and sorts them by confidence, for labelling by hand. */
@Command(
        name = "pseudo-label",
        description = {
            "Writes a CSV file with a predicted label for each unlabelled photo, the least certain first: what to label next.",
            "Its columns are image, label, confidence, weight in training and the margin of the class."
        })
final class PseudoLabel implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelArguments model;

    @Option(
            names = "--unlabelled",
            required = true,
            paramLabel = "<folder>",
            description = "photos, in folders of any depth")
    private Path unlabelled;

    @Option(names = "--out", required = true, paramLabel = "<file>", description = "the CSV file to write")
    private Path out;

    @Override
    public Integer call() throws IOException {
        try (FineSslModel loaded = model.load()) {
            model.requireOutside(out);
            Overwriting.PHOTO_LIST.require(out);
            Dataset photos = PhotoFolders.unlabelled(unlabelled, loaded.classes());
            LeftOut leftOut = new LeftOut(spec.commandLine().getErr());
            leftOut.addSome(unlabelled, photos);
            List<PseudoLabelled> labelled =
                    PseudoLabels.of(loaded, Photo.all(photos), (photo, reason) -> leftOut.add(reason), done -> {});
            PseudoLabelled.writeCsv(out, labelled, loaded.classes());
            spec.commandLine()
                    .getOut()
                    .printf(Locale.ROOT, "%s: %,d photos, the least certain first.%n", out, labelled.size());
            return leftOut.exit().code();
        }
    }
}
