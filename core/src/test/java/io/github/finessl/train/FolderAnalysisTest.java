package io.github.finessl.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.DataSource;
import io.github.finessl.data.Dataset;
import io.github.finessl.data.Split;
import io.github.finessl.report.BeforeTraining;
import io.github.finessl.report.Findings;
import io.github.finessl.report.FolderFacts;
import io.github.finessl.report.FolderFacts.ClassImages;
import io.github.finessl.report.FolderFacts.Copies;
import io.github.finessl.report.FolderFacts.Part;
import io.github.finessl.report.FolderFacts.Picture;
import io.github.finessl.report.LabelVotes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderAnalysisTest {
    private static final List<String> CLASSES = List.of("cat", "dog");

    @TempDir
    private Path directory;

    /** Images that are named and told apart by a text; the same text is the same content. */
    private record Named(String name, List<String> contents, List<Integer> labels) implements Dataset {
        @Override
        public List<String> classes() {
            return CLASSES;
        }

        @Override
        public int size() {
            return contents.size();
        }

        @Override
        public int label(int index) {
            return labels.get(index);
        }

        @Override
        public RgbImage image(int index) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String pixelsSha256(int index) {
            return contents.get(index);
        }

        @Override
        public String source(int index) {
            return name + index;
        }

        @Override
        public String sha256() {
            return "";
        }
    }

    private static float[] at(double degrees) {
        double angle = Math.toRadians(degrees);
        return new float[] {(float) (3 * Math.cos(angle)), (float) (3 * Math.sin(angle))};
    }

    private static FolderFacts facts() {
        Dataset train = new Named("train", List.of("a", "b", "c", "d", "e"), List.of(0, 0, 1, -1, -1));
        Dataset test = new Named("test", List.of("d", "f"), List.of(0, 1));
        return FolderAnalysis.of(
                new DataSource("some", DataSource.Kind.PHOTOS, true, train, test),
                Split.given(train),
                new float[][] {at(0), at(60), at(90)},
                new float[][] {at(150), at(200)},
                new float[][] {at(150), at(95)});
    }

    @Test
    void countsTheImagesOfEachClass() {
        FolderFacts facts = facts();
        assertThat(facts.classes()).containsExactly(new ClassImages("cat", 2, 1), new ClassImages("dog", 1, 1));
        assertThat(facts.unlabelled()).isEqualTo(2);
        assertThat(facts.withFewLabels()).hasSize(2);
    }

    @Test
    void findsTheSameContentAndTheSameLooks() {
        List<Copies> copies = facts().copies();
        assertThat(copies).hasSize(2);
        Copies leak = copies.get(0);
        assertThat(leak.identical()).isFalse();
        assertThat(leak.cosine()).isCloseTo(Math.cos(Math.toRadians(5)), org.assertj.core.data.Offset.offset(1e-6));
        assertThat(leak.pictures())
                .containsExactly(
                        new Picture("train2", Part.LABELLED, Optional.of("dog")),
                        new Picture("test1", Part.TEST, Optional.of("dog")));
        assertThat(leak.isLeak()).isTrue();
        assertThat(leak.isContradiction()).isFalse();
        Copies harmless = copies.get(1);
        assertThat(harmless.identical()).isTrue();
        assertThat(harmless.pictures())
                .containsExactly(
                        new Picture("train3", Part.UNLABELLED, Optional.empty()),
                        new Picture("test0", Part.TEST, Optional.of("cat")));
        assertThat(harmless.isSerious()).isFalse();
        assertThat(facts().warnings())
                .containsExactly("1 test image is a labelled image too or nearly so: the accuracy flatters.");
    }

    @Test
    void saysThatAPictureHasTwoLabelsAndThatClassesAreAlike() {
        Dataset train = new Named("train", List.of("a", "b", "c", "d", "e", "f"), List.of(0, 0, 0, 1, 1, 1));
        Dataset test = new Named("test", List.of(), List.of());
        FolderFacts facts = FolderAnalysis.of(
                new DataSource("some", DataSource.Kind.PHOTOS, true, train, test),
                Split.given(train),
                new float[][] {at(0), at(60), at(120), at(1), at(61), at(121)},
                new float[0][],
                new float[0][]);
        assertThat(facts.contradictions()).isEqualTo(3);
        assertThat(facts.warnings())
                .containsExactly("3 pictures have two labels, on copies that are the same or nearly so.");
        assertThat(facts.alike()).hasSize(1);
        assertThat(facts.alike().get(0).one()).isEqualTo("cat");
        assertThat(facts.alike().get(0).confused()).isGreaterThanOrEqualTo(0.5);
    }

    @Test
    void findingsAreReadAsTheyWereWritten() throws Exception {
        Findings findings = Findings.of(
                new BeforeTraining(
                        List.of(),
                        List.of(new BeforeTraining.DoubtfulLabel("a.jpg", new LabelVotes(0, 1, 0.1, 0.9))),
                        Optional.of(new BeforeTraining.Strangers(0.2, List.of("x.jpg"))),
                        facts()),
                CLASSES);
        findings.write(directory);
        assertThat(Findings.read(directory)).contains(findings);
        assertThat(findings.wrongLabels()).containsExactly(new Findings.WrongLabel("a.jpg", "cat", "dog", 0.1, 0.9));
        assertThat(findings.areSerious()).isTrue();
        assertThat(Findings.read(directory.resolve("none"))).isEmpty();
    }
}
