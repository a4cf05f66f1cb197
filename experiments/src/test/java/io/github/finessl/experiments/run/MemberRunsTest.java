package io.github.finessl.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.encoder.EncoderFormatException;
import io.github.finessl.experiments.option.Member;
import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.option.OptionException;
import io.github.finessl.experiments.option.Options;
import io.github.finessl.report.RunRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** V-PET as an experiment has it: members of which one has an encoder, a size and a normalisation of its own. */
class MemberRunsTest {
    private static final String CLIP = "core/src/test/resources/onnx/open_clip_vit_op17.onnx";

    @TempDir
    Path results;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private static Options options(String members) {
        Map<String, String> given = new HashMap<>(Map.of(
                "method", "v-pet",
                "members", members,
                "tuning", "lora",
                "resolution", "32",
                "steps", "3",
                "batch", "4",
                "headStart", "means",
                "precision", "f32"));
        return Options.of(Map.of(), given);
    }

    private Grid grid(String experiment, Options options, BooleanSupplier stop) throws IOException {
        RunContext context = new RunContext(new PrintStream(printed, true, StandardCharsets.UTF_8), false, stop);
        return Grid.run(
                experiment, List.of(new Variant("V-PET", options)), List.of(1L), context, results.resolve(experiment));
    }

    private List<RunRecord> records(String experiment) throws IOException {
        try (Stream<Path> files = Files.walk(results.resolve(experiment))) {
            return files.filter(file -> file.endsWith("run.json"))
                    .map(MemberRunsTest::record)
                    .toList();
        }
    }

    private static RunRecord record(Path file) {
        try {
            return RunRecord.read(file);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String id(Options options) {
        try (Runner runner = new Runner("test", RunContext.silent(), Path.of("target/test"), false)) {
            return runner.prepared(new Run("V-PET", options, 1)).identity().hash();
        }
    }

    @Test
    void membersAreTrainedFoundAndCounted() throws IOException {
        Options options = options("linear,lora:rank=2@" + CLIP + "@48");
        int[] asked = {0};
        assertThat(grid("one", options, () -> ++asked[0] > 3).finished())
                .as("stopped in the second member")
                .isFalse();
        assertThat(records("one")).extracting(RunRecord::variant).containsExactly("linear, member of V-PET");

        Grid grid = grid("one", options, () -> false);
        RunRecord run = grid.all().get(0);
        assertThat(run.method()).isEqualTo("v-pet");
        assertThat(run.id()).isEqualTo(id(Options.ofRecord(run)));
        assertThat(run.configuration()).containsEntry("members", "linear,lora:rank=2@" + CLIP + "@48");
        assertThat(run.metrics().more()).containsEntry(RunRecord.Metrics.STEPS_IN_ALL, 9.0);
        assertThat(run.metrics().pseudoLabelAccuracy()).isGreaterThan(0.1);
        assertThat(records("one"))
                .hasSize(3)
                .filteredOn(each -> each.method().equals("supervised"))
                .satisfies(members -> {
                    assertThat(members)
                            .extracting(each -> each.encoder().name())
                            .containsExactlyInAnyOrder("vit_tiny_patch16_224", "open_clip_vit_op17");
                    assertThat(members).noneMatch(each -> each.configuration().containsKey("members"));
                });

        Grid hard = grid("two", options.with(Option.METHOD, "v-pet-hard"), () -> false);
        assertThat(hard.finished()).isTrue();
        assertThat(records("two"))
                .as("the members are found beside")
                .extracting(RunRecord::method)
                .containsExactly("v-pet-hard");
    }

    @Test
    void membersTellRunsApart() {
        String ofTwo = id(options("linear,bitfit"));
        assertThat(id(options(" linear , bitfit"))).isEqualTo(ofTwo);
        assertThat(List.of(
                        id(options("linear")),
                        id(options("bitfit,linear")),
                        id(options("linear,bitfit@" + CLIP)),
                        id(options("linear,bitfit@" + CLIP + "@48")),
                        id(options("linear,bitfit").with(Option.METHOD, "v-pet-hard"))))
                .doesNotContain(ofTwo)
                .doesNotHaveDuplicates();
        Options other = options("linear,bitfit").with(Option.METHOD, "fixmatch");
        assertThat(id(other.with(Option.MEMBERS, "ssf"))).isEqualTo(id(other));
    }

    @Test
    void membersOnAnotherEncoderHaveItsOwnSizeAndNormalisation() {
        List<Run> members = MemberRuns.of(new Run(
                "V-PET",
                options("linear,ssf@" + CLIP + ",bitfit@" + CLIP + "@48").with(Option.NORMALISATION, "half"),
                1));
        assertThat(members)
                .extracting(run -> run.options().toMap().get("resolution"))
                .containsExactly("32", "auto", "48");
        assertThat(members)
                .extracting(run -> run.options().toMap().get("normalisation"))
                .containsExactly("half", "encoder", "encoder");
        assertThat(members).extracting(run -> run.options().get(Option.METHOD)).containsOnly("supervised");
    }

    @Test
    void aMembersSettingsMayHaveCommas() {
        assertThat(options("adaptformer:dim=16,norm=out,lora+bitfit@ab.onnx@64,linear")
                        .get(Option.MEMBERS))
                .containsExactly(
                        new Member(
                                "adaptformer:dim=16,norm=out",
                                "adaptformer:dim=16,norm=out",
                                Optional.empty(),
                                Optional.empty()),
                        new Member(
                                "lora+bitfit@ab.onnx@64",
                                "lora+bitfit",
                                Optional.of(Path.of("ab.onnx")),
                                Optional.of(64)),
                        new Member("linear", "linear", Optional.empty(), Optional.empty()));
    }

    @Test
    void whatCannotVoteIsRefusedInOneSentence() {
        assertThatThrownBy(() -> options("lora,adaptfromer"))
                .isInstanceOf(OptionException.class)
                .hasMessageStartingWith("-Dmembers=adaptfromer cannot be used: 'adaptfromer' is none of ");
        for (String wrong : List.of("lora,lora", "lora@", "lora@a@b@c", "lora@a@1")) {
            assertThatThrownBy(() -> options(wrong))
                    .isInstanceOf(OptionException.class)
                    .hasMessageStartingWith("-D");
        }
        assertThatExceptionOfType(EncoderFormatException.class)
                .isThrownBy(() -> id(options("linear,ssf@nowhere.onnx")))
                .withMessage("nowhere.onnx: expected the encoder of ssf@nowhere.onnx, member of v-pet, seed 1, found no"
                        + " such file");
    }
}
