package io.github.finessl.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.tuning.Lora;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.datavec.api.io.labels.ParentPathLabelGenerator;
import org.datavec.api.records.reader.impl.collection.CollectionRecordReader;
import org.datavec.api.split.FileSplit;
import org.datavec.api.writable.IntWritable;
import org.datavec.image.loader.NativeImageLoader;
import org.datavec.image.recordreader.ImageRecordReader;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.preprocessor.ImagePreProcessingScaler;
import org.nd4j.linalg.factory.Nd4j;

/** Pipelines of Deeplearning4j, as its users have them, around this library. */
class PipelinesTest {
    private static final Path ENCODER = Path.of("src/test/resources/onnx/timm_vit_op17.onnx");

    @TempDir
    Path directory;

    @BeforeEach
    void redAndBlue() throws IOException {
        for (int i = 0; i < 4; i++) {
            write("train/blue/" + i + ".png", false, i);
            write("train/red/" + i + ".png", true, i);
            write("test/blue/" + i + ".png", false, 10 + i);
            write("test/red/" + i + ".png", true, 10 + i);
        }
    }

    private void write(String name, boolean red, long seed) throws IOException {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(40, 32, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        for (int i = 0; i < 20; i++) {
            int strong = 150 + random.nextInt(100);
            int weak = random.nextInt(80);
            graphics.setColor(new Color(red ? strong : weak, weak, red ? weak : strong));
            graphics.fillRect(i % 5 * 8, i / 5 * 8, 8, 8);
        }
        graphics.dispose();
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        ImageIO.write(picture, "png", file.toFile());
    }

    private ImageRecordReader reader(String part) throws IOException {
        ImageRecordReader reader = new ImageRecordReader(32, 40, 3, new ParentPathLabelGenerator());
        reader.initialize(
                new FileSplit(directory.resolve(part).toFile(), NativeImageLoader.ALLOWED_FORMATS, new Random(1)));
        return reader;
    }

    private Dataset images(String part) throws IOException {
        return IteratorImages.of(part, reader(part), Channels.BGR);
    }

    @Test
    void aRecordReadersImagesAreTheFiles() throws IOException {
        Dataset images = images("train");
        assertThat(images.size()).isEqualTo(8);
        assertThat(images.classes()).containsExactly("blue", "red");
        for (int i = 0; i < images.size(); i++) {
            BufferedImage picture = images.image(i).toBufferedImage();
            Color first = new Color(picture.getRGB(0, 0));
            assertThat(picture.getWidth()).isEqualTo(40);
            assertThat(first.getRed() > first.getBlue()).isEqualTo(images.label(i) == 1);
        }
        BufferedImage stored = ImageIO.read(new File(directory.toFile(), "train/red/0.png"));
        assertThat(IntStream.range(0, 8)
                        .mapToObj(i -> images.image(i).toBufferedImage().getRGB(39, 31)))
                .contains(stored.getRGB(39, 31));
    }

    /** The labelled ones of a pipeline, and the same without labels. */
    private Dataset halfLabelled() throws IOException {
        DataSet all = new RecordReaderDataSetIterator(reader("train"), 8, 1, 2).next();
        DataSet unlabelled = new DataSet(all.getFeatures(), Nd4j.zeros(8, 2));
        return IteratorImages.of(
                "train", new ListDataSetIterator<>(List.of(all, unlabelled), 16), List.of("blue", "red"), Channels.BGR);
    }

    @Test
    void aPipelineFeedsATrainingAndItsModelIsAStepOfOne() throws IOException {
        Photos photos = Photos.of(halfLabelled(), images("test"));
        assertThat(photos.split().unlabelled()).hasSize(8);
        try (FineSslModel model = FineTuner.of(ENCODER)
                .tuning(Lora.rank(2))
                .steps(4)
                .precision(Precision.PORTABLE)
                .into(directory.resolve("model"))
                .build()
                .fit(photos)) {
            Evaluation evaluation = Evaluations.of(model, photos.test());
            assertThat(evaluation.accuracy()).isEqualTo(1);
            assertThat(evaluation.getLabelsList()).containsExactly("blue", "red");
            assertThat(Evaluations.roc(model, photos.test()).calculateAverageAUC())
                    .isEqualTo(1);

            DataSetIterator pipeline = new RecordReaderDataSetIterator(reader("test"), 8, 1, 2);
            pipeline.setPreProcessor(new ModelProbabilities(model, Channels.BGR));
            DataSet batch = pipeline.next();
            Evaluation again = new Evaluation(model.classes());
            again.eval(batch.getLabels(), batch.getFeatures());
            assertThat(again.accuracy()).isEqualTo(1);

            DataSetIterator asked = new RecordReaderDataSetIterator(reader("test"), 8, 1, 2);
            String classes = printed(() -> Pipelines.probabilities(model, asked));
            assertThat(classes.replaceAll("[^01]", ""))
                    .isEqualTo(batch.getLabels().argMax(1).toString().replaceAll("[^01]", ""));
        }
    }

    @Test
    void theReadmesNetworkLearnsFromAnEncodersFeatures() throws IOException {
        DataSetIterator pipeline = new RecordReaderDataSetIterator(reader("train"), 8, 1, 2);
        MultiLayerNetwork network = Pipelines.onFeatures(ENCODER, pipeline, 2);
        try (Kernels kernels = KernelChoice.open(Precision.AUTO);
                EncoderFeatures features = new EncoderFeatures(
                        OnnxEncoderReader.read(ENCODER), Normalisation.CLIP, Channels.BGR, kernels)) {
            DataSetIterator tested = new RecordReaderDataSetIterator(reader("test"), 8, 1, 2);
            tested.setPreProcessor(features);
            assertThat(network.<Evaluation>evaluate(tested).accuracy()).isEqualTo(1);
        }
    }

    @Test
    void theReadmesReadersFeedATraining() throws IOException {
        Files.move(directory.resolve("train"), directory.resolve("labelled"));
        for (int i = 0; i < 3; i++) {
            write("unlabelled/" + i + ".png", i == 0, 20 + i);
        }
        String printed = printed(() -> Pipelines.main(new String[] {
            ENCODER.toString(), directory.toString(), directory.resolve("model").toString(), "8"
        }));
        Photos photos = Pipelines.ofReaders(
                directory.resolve("labelled").toFile(),
                directory.resolve("unlabelled").toFile(),
                directory.resolve("test").toFile());
        assertThat(photos.split().labelled()).hasSize(8);
        assertThat(photos.split().unlabelled()).hasSize(3);
        try (FineSslModel model = FineSslModel.load(directory.resolve("model"))) {
            double top1 = model.evaluate(photos.test()).top1().orElseThrow();
            assertThat(printed).contains(String.format(Locale.ROOT, "Accuracy:        %.4f", top1));
            assertThat(printed(() -> Pipelines.results(model, photos))).isEqualTo(printed);
        }
    }

    @Test
    void theReadmesIteratorsMayHaveBeenReadAndScaled() throws IOException {
        List<String> classes = List.of("blue", "red");
        DataSetIterator train = new RecordReaderDataSetIterator(reader("train"), 3, 1, 2);
        DataSetIterator test = new RecordReaderDataSetIterator(reader("test"), 3, 1, 2);
        Photos plain = Pipelines.ofIterators(train, test, classes);
        assertThat(plain.source().train().size()).isEqualTo(8);
        assertThat(train.hasNext()).isFalse();
        for (DataSetPreProcessor scaler :
                List.of(new ImagePreProcessingScaler(0, 1), new ImagePreProcessingScaler(-1, 1))) {
            train.setPreProcessor(scaler);
            Photos scaled = Pipelines.ofIterators(train, test, classes);
            assertThat(pixels(scaled)).isEqualTo(pixels(plain));
        }
    }

    private static Set<String> pixels(Photos photos) {
        Dataset images = photos.source().train();
        return IntStream.range(0, images.size()).mapToObj(images::contentSha256).collect(Collectors.toSet());
    }

    @Test
    void theReadmeShowsTheExamples() throws IOException {
        String source = Files.readString(Path.of("src/test/java/io/github/finessl/dl4j/Pipelines.java"));
        String readme = Files.readString(Path.of("src/main/java/io/github/finessl/dl4j/README.md"));
        for (String method : List.of("ofReaders", "ofIterators", "onFeatures", "probabilities", "results")) {
            Matcher lines = Pattern.compile(
                            "^ {4}static \\S+ " + method + "\\(.*?^ {4}}$", Pattern.MULTILINE | Pattern.DOTALL)
                    .matcher(source);
            assertThat(lines.find()).as(method).isTrue();
            assertThat(readme).contains("```java\n" + lines.group().stripIndent() + "\n```");
        }
    }

    /** Something that may fail. */
    private interface Action {
        void run() throws IOException;
    }

    private static String printed(Action action) throws IOException {
        PrintStream usual = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            action.run();
        } finally {
            System.setOut(usual);
        }
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }

    @Test
    void whatIsNoImageOrNoLabelIsRefused() {
        INDArray image = Nd4j.zeros(1, 3, 8, 8).addi(7);
        INDArray scaled = image.div(255);
        List<String> classes = List.of("a", "b");
        assertThatThrownBy(() -> of(new DataSet(Nd4j.rand(1, 1, 8, 8), Nd4j.zeros(1, 2)), classes))
                .isInstanceOf(DataException.class)
                .hasMessage("Images must be an array [N, 3, height, width], but are [1, 1, 8, 8].");
        assertThatThrownBy(() -> of(new DataSet(image.sub(8), Nd4j.zeros(1, 2)), classes))
                .hasMessage("Images must have values from 0 to 255, before any normalisation, but have -1.0 to -1.0.");
        assertThatThrownBy(() -> of(new DataSet(scaled, Nd4j.zeros(1, 2)), classes))
                .hasMessageStartingWith("Images must have values from 0 to 255, but have fractions from 0.02");
        assertThatThrownBy(() -> of(new DataSet(image, Nd4j.ones(1, 2)), classes))
                .hasMessage("A label must be one-hot, or all zero where it is not known, but is [1.0, 1.0].");
        assertThatThrownBy(() -> of(new DataSet(image, Nd4j.zeros(1, 3)), classes))
                .hasMessage("Labels must be an array [N, 2], but are [1, 3].");
    }

    @Test
    void recordsWithoutWhatIsReadAreRefused() throws IOException {
        ImageRecordReader bare = new ImageRecordReader(32, 40, 3);
        bare.initialize(new FileSplit(directory.resolve("train").toFile()));
        assertThatThrownBy(() -> IteratorImages.of("bare", bare, Channels.BGR))
                .isInstanceOf(DataException.class)
                .hasMessage("A reader of labelled images must name its classes, but has no labels.");
        CollectionRecordReader numbers = new CollectionRecordReader(List.of(List.of(new IntWritable(1))));
        assertThatThrownBy(() -> IteratorImages.of("numbers", reader("train"), numbers, Channels.BGR))
                .hasMessage("A record must begin with an image, but is [1].");
    }

    private static Dataset of(DataSet batch, List<String> classes) {
        return IteratorImages.of("memory", new ListDataSetIterator<>(List.of(batch), 1), classes, Channels.RGB);
    }
}
