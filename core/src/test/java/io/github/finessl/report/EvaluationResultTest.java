package io.github.finessl.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationResultTest {

    private static final List<String> CLASSES = List.of("cat", "dog, wet", "owl");
    private static final List<Prediction> PREDICTIONS = List.of(
            new Prediction("1.png", 0, 0, 0.9),
            new Prediction("2.png", 0, 1, 0.5),
            new Prediction("3.png", 1, 1, 0.75),
            new Prediction("4.png", 0, 1, 0.25));

    @TempDir
    Path directory;

    @Test
    void countsWhatWasTakenForWhat() {
        EvaluationResult result = EvaluationResult.of(PREDICTIONS, 3);
        assertThat(result.top1()).hasValue(0.5);
        assertThat(result.perClassAccuracy()).containsExactly(1 / 3.0, 1.0, Double.NaN);
        assertThat(result.count(0, 1)).isEqualTo(2);
        assertThat(result.count(1, 0)).isZero();
    }

    @Test
    void writesConfusionAndPredictions() throws IOException {
        EvaluationResult.of(PREDICTIONS, 3).writeConfusion(directory.resolve("confusion.csv"), CLASSES);
        assertThat(directory.resolve("confusion.csv")).hasContent("""
                label,cat,"dog, wet",owl
                cat,1,2,0
                "dog, wet",0,1,0
                owl,0,0,0
                """);
        Prediction.write(directory.resolve("predictions.csv"), PREDICTIONS, CLASSES);
        assertThat(directory.resolve("predictions.csv")).content().startsWith("""
                image,label,predicted,confidence
                1.png,cat,cat,0.9
                2.png,cat,"dog, wet",0.5
                """);
    }

    @Test
    void ofNoImagesNothingIsKnown() throws IOException {
        EvaluationResult result = EvaluationResult.of(List.of(), 3);
        assertThat(result.top1()).isEmpty();
        assertThat(result.perClassAccuracy()).isEmpty();
        result.writeConfusion(directory.resolve("confusion.csv"), CLASSES);
        assertThat(EvaluationResult.classesOf(directory.resolve("confusion.csv")))
                .isEqualTo(CLASSES);
    }

    @Test
    void refusesUnequalLengths() {
        assertThatThrownBy(() -> EvaluationResult.of(new int[2], new int[3], 2)).hasMessageContaining("2 labels, 3");
    }
}
