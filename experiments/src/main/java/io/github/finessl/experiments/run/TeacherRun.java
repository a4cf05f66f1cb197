package io.github.finessl.experiments.run;

import io.github.finessl.Guides;
import io.github.finessl.PreparedRun;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataSource;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import io.github.finessl.train.Teacher;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The finished FineSSL run that another run's options name as its teacher.
 *
 * @param student the other run's options
 * @param data of the student
 * @param root what relative paths start from
 */
record TeacherRun(Options student, PreparedRun.Data data, Path root) {

    /**
     * The teacher's model, which must have had the student's images, split, size and normalisation.
     *
     * @param runner opens encoders
     */
    Guides.KnownTeacher known(Runner runner) {
        FinishedRun run = FinishedRun.open(
                Option.TEACHER,
                student.get(Option.TEACHER)
                        .map(root::resolve)
                        .orElseThrow(() -> new OptionException("-Dmethod=" + student.get(Option.METHOD)
                                + " needs -Dteacher, the directory of a finished FineSSL run.")));
        String method = run.record().method();
        run.require("a method of FineSSL", method.startsWith("finessl"), "its method is " + method);
        return new Guides.KnownTeacher(run.sha256(), teacher(run, runner));
    }

    private Teacher teacher(FinishedRun run, Runner runner) {
        DataSource source = data.source();
        Encoder studentEncoder = runner.encoder(student);
        RunRecord record = run.record();
        Options options = Options.ofRecord(record);
        run.require(
                "data of SHA-256 " + source.train().sha256() + " (" + source.name() + ")",
                record.data().sha256().equals(source.train().sha256()),
                "has " + record.data().sha256() + " (" + record.data().name() + ")");
        run.require(
                "the split of this run, or labels leak: " + splitOptions(student) + " and its seed",
                DataOptions.split(options, source, record.seed(), root).equals(data.split()),
                "has another: " + splitOptions(options) + " and seed " + record.seed());
        Encoder encoder = runner.encoder(options);
        run.require(
                "trained on the file that is now " + options.get(Option.ENCODER) + ", SHA-256 " + encoder.sha256(),
                record.encoder().sha256().equals(encoder.sha256()),
                "was on " + record.encoder().sha256());
        run.require(
                "images of " + studentEncoder.imageHeight() + " pixels",
                encoder.imageHeight() == studentEncoder.imageHeight(),
                "has " + encoder.imageHeight());
        Normalisation normalisation = Runner.normalisation(student, studentEncoder, source.name());
        Normalisation teachers = run.normalisation(encoder);
        run.require("the normalisation " + normalisation, teachers.equals(normalisation), "has " + teachers);
        Teacher teacher = Teacher.read(
                run.checkpoint(),
                encoder,
                PreparedRun.tuning(options.settings(), encoder, source.classes().size()),
                source.classes().size());
        run.require(
                "the step of its checkpoint, " + teacher.step(),
                teacher.step() == record.steps(),
                "has " + record.steps());
        return teacher;
    }

    private static String splitOptions(Options options) {
        return Stream.of(Option.LABELS, Option.FIDELITY, Option.HELD_OUT)
                .map(option -> option.name() + " " + options.get(option))
                .collect(Collectors.joining(", "));
    }
}
