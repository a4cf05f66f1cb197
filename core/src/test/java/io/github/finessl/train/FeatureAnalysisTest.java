package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.MessyFolder;
import io.github.finessl.augment.Augmentation;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.BeforeTraining.DoubtfulLabel;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("slow")
class FeatureAnalysisTest {
    private static BeforeTraining analysed(MessyFolder folder) {
        Encoder encoder = OnnxEncoderReader.read(Path.of("../data/vit-ti-16/vit_tiny_patch16_224.onnx"));
        try (Kernels kernels = KernelChoice.open(Precision.AUTO);
                FeatureBank bank = new FeatureBank(encoder, new Augmentation(224, Normalisation.HALF), kernels)) {
            return FeatureAnalysis.of(bank, folder.source(), folder.split(), report -> {}, () -> false)
                    .before();
        }
    }

    @Test
    void wrongLabelsAreAmongTheFirstSuspectsAndStrangersAreNamed() {
        long caught = 0;
        for (long seed = 1; seed <= 3; seed++) {
            MessyFolder folder = MessyFolder.of(seed);
            BeforeTraining found = analysed(folder);
            caught += found.doubtfulLabels().stream()
                    .limit(10)
                    .map(DoubtfulLabel::image)
                    .filter(folder.wrong()::contains)
                    .count();
            BeforeTraining.Strangers many = found.strangers().orElseThrow();
            assertThat(many.areMany()).isTrue();
            assertThat(many.share()).isLessThan(.8); // 600 of 780, of which it counts those that are clear
            long right = many.images().stream()
                    .limit(50)
                    .filter(folder.strangers()::contains)
                    .count();
            assertThat(right).isGreaterThanOrEqualTo(45);
        }
        assertThat(caught).isGreaterThanOrEqualTo(18); // of 24
    }

    @Test
    void ofAPileWithoutStrangersNobodyIsWarned() {
        BeforeTraining found = analysed(MessyFolder.tidied(1));
        assertThat(found.strangers().orElseThrow().areMany()).isFalse();
        assertThat(found.doubtfulLabels()).hasSizeLessThan(10);
    }
}
