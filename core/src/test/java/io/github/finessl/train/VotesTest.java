package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.Split;
import io.github.finessl.data.loading.EvaluationBatch;
import io.github.finessl.data.loading.EvaluationLoader;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.model.FrozenEncoder;
import io.github.finessl.model.SmallClip;
import io.github.finessl.report.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A run whose members, LoRA at 32 pixels and a linear probe at 48, vote on 18 unlabelled images. */
class VotesTest {
    @TempDir
    private Path directory;

    private SmallRun run(String name) {
        return new SmallRun(directory.resolve(name)).method("v-pet").steps(8).checkpointEvery(3);
    }

    private Path member(int side) {
        return directory.resolve("member-" + side + "-1");
    }

    @Test
    void eachMemberSeesImagesAtItsOwnSize() {
        run("checkpoint").train();
        INDArray votes = Checkpoint.read(directory.resolve("checkpoint"))
                .group(Trainer.METHOD)
                .get("members.votes");
        assertThat(votes.shape()).containsExactly(2, 18);
        assertThat(votes.getRow(1).toIntVector()).isEqualTo(probeAt48());
    }

    /** argmax_k cos(f, w_k) of the probe's class vectors, worked out apart from the training code. */
    private int[] probeAt48() {
        INDArray heads = Checkpoint.read(member(48)).group(Trainer.PARAMETER).get("head.weight");
        INDArray directions = heads.divColumnVector(heads.norm2(true, 1));
        var train = SmallRun.source(24).train();
        int[] images = Split.random(train, 2, 1).unlabelled();
        int[] classes = new int[images.length];
        try (Nd4jKernels kernels = new Nd4jKernels();
                FrozenEncoder encoder = new FrozenEncoder(SmallClip.encoder().atResolution(48), kernels);
                EvaluationLoader loader =
                        new EvaluationLoader(train, images, new Augmentation(48, Normalisation.CLIP), images.length)) {
            for (EvaluationBatch batch : loader) {
                INDArray similarity = encoder.features(batch.images()).mmul(directions.transpose());
                Arrays.setAll(classes, i -> similarity.getRow(i).argMax().getInt(0));
            }
        }
        return classes;
    }

    @Test
    void aRunThatGoesOnNeedsItsMembersNoMore() throws IOException {
        SmallRun straight = run("straight");
        straight.train();
        SmallRun stopped = run("stopped");
        assertThat(stopped.trainUntil(4).finished()).isFalse();
        Files.delete(member(32));
        Files.delete(member(48));
        assertThat(stopped.train().finished()).isTrue();
        assertThat(member(32)).doesNotExist();
        assertThat(stopped.state()).containsOnlyKeys(straight.state().keySet());
        stopped.state()
                .forEach((name, values) ->
                        assertThat(values).as(name).isEqualTo(straight.state().get(name)));
    }

    @Test
    void strongViewsAloneAreTrainedOn() {
        List<StepReport> reports = new ArrayList<>();
        run("checkpoint").batch(2, 2).train(reports::add, () -> false);
        assertThat(reports).allSatisfy(report -> {
            assertThat(report.images()).isEqualTo(2 + 4);
            assertThat(report.pseudoLabelAccuracy()).isPresent();
        });
    }

    @Test
    void aStopWhileMembersVoteLeavesNothing() {
        run("once").train(); // trains the members
        try (Nd4jKernels kernels = new Nd4jKernels()) {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> new Trainer(run("stopped").with(kernels), report -> {}, () -> true).close());
        }
        assertThat(directory.resolve("stopped")).doesNotExist();
    }
}
