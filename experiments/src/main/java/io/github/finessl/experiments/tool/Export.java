package io.github.finessl.experiments.tool;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.experiments.run.Exit;
import io.github.finessl.experiments.run.Experiment;
import io.github.finessl.experiments.run.FinishedRun;
import io.github.finessl.experiments.run.RunContext;
import io.github.finessl.experiments.run.Runner;
import io.github.finessl.export.Certainty;
import io.github.finessl.export.ExportedModel;
import io.github.finessl.export.OnnxExport;
import io.github.finessl.export.OnnxForm;
import io.github.finessl.export.Origin;
import io.github.finessl.report.EvaluationResult;
import io.github.finessl.report.RunRecord;
import io.github.finessl.train.SavedModel;
import io.github.finessl.tuning.Tuning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** An export of a finished run's model as an ONNX file: {@code mvn exec:java -Dexp=Export -Dfrom=RUN -Dto=FILE}. */
public final class Export implements Experiment {

    @Override
    public String name() {
        return "Export";
    }

    @Override
    public String summary() {
        return "Writes the model of a finished run, -Dfrom, as one ONNX file, -Dto";
    }

    @Override
    public Exit run(Options options, RunContext context) throws IOException {
        Path to = given(options, Option.TO, "the ONNX file to write");
        FinishedRun run = FinishedRun.open(Option.FROM, given(options, Option.FROM, "the directory of a finished run"));
        Options trained = trainedWith(run.record(), options);
        Path file = trained.get(Option.ENCODER);
        Encoder encoder = Runner.atResolution(OnnxEncoderReader.open(file, trained.get(Option.RESOLUTION)), trained);
        run.require(
                "the encoder of " + file + ", SHA-256 " + encoder.sha256(),
                run.record().encoder().sha256().equals(encoder.sha256()),
                "has " + run.record().encoder().sha256() + "; -Dencoder= says where it is");
        List<Path> read = new ArrayList<>(OnnxEncoderReader.files(file));
        read.addAll(List.of(run.file(), run.checkpoint()));
        for (Path each : read) {
            if (Files.exists(to) && Files.isSameFile(to, each)) {
                throw new IOException(to + " cannot be written: it is the run's file " + each + ".");
            }
        }
        ExportedModel model = model(run, trained, encoder);
        OnnxForm form = OnnxExport.write(model, new OnnxForm(OnnxForm.OLDEST, options.get(Option.PIXELS), true), to);
        context.out()
                .printf(
                        "%s: pixels [batch, 3, %d, %d] %s to logits and probabilities [batch, %d], opset %d.%n",
                        to,
                        encoder.imageHeight(),
                        encoder.imageWidth(),
                        form.pixels() == OnnxForm.Pixels.NORMALISED ? "normalised by " + model.normalisation() : "0..1",
                        model.classes().size(),
                        form.opset());
        return Exit.OK;
    }

    private static Path given(Options options, Option<Optional<Path>> option, String what) {
        return options.get(option)
                .orElseThrow(() -> new OptionException("Export needs -D" + option.name() + ", " + what + "."));
    }

    /** The options of the recorded run, with the user's path of the encoder where it was moved. */
    private static Options trainedWith(RunRecord record, Options options) {
        Options trained = Options.ofRecord(record);
        String encoder = options.given().get(Option.ENCODER.name());
        return encoder == null ? trained : trained.with(Option.ENCODER, encoder);
    }

    private static ExportedModel model(FinishedRun run, Options trained, Encoder encoder) throws IOException {
        RunRecord record = run.record();
        List<String> classes = EvaluationResult.classesOf(run.file().resolveSibling("confusion.csv"));
        Tuning tuning = Runner.tuning(trained, encoder, classes.size());
        SavedModel saved = SavedModel.read(run.checkpoint(), encoder, tuning, classes.size());
        run.require(
                "the step of its checkpoint, " + saved.step(), saved.step() == record.steps(), "has " + record.steps());
        Origin origin = Origin.of(trained.get(Option.TUNING), record);
        try {
            return new ExportedModel(
                    encoder,
                    tuning,
                    saved.parameters(),
                    classes,
                    run.normalisation(encoder),
                    trained.get(Option.FLIP),
                    origin,
                    Certainty.UNKNOWN);
        } catch (IllegalArgumentException e) {
            throw new OptionException("-D" + Option.FROM.name() + ": " + e.getMessage() + ".");
        }
    }
}
