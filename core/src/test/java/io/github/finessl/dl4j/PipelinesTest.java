package io.github.finessl.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.DataException;
import io.github.finessl.data.Dataset;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.kernel.nd4j.Nd4jKernels;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.tuning.Lora;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.datavec.api.io.labels.ParentPathLabelGenerator;
import org.datavec.api.split.FileSplit;
import org.datavec.image.loader.NativeImageLoader;
import org.datavec.image.recordreader.ImageRecordReader;
import org.deeplearning4j.datasets.datavec.RecordReaderDataSetIterator;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions;

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
        }
    }

    @Test
    void aNetworkLearnsFromAnEncodersFeatures() throws IOException {
        Encoder encoder = OnnxEncoderReader.read(ENCODER);
        try (Kernels kernels = new Nd4jKernels();
                EncoderFeatures features = new EncoderFeatures(encoder, Normalisation.HALF, Channels.BGR, kernels)) {
            DataSetIterator pipeline = new RecordReaderDataSetIterator(reader("train"), 8, 1, 2);
            pipeline.setPreProcessor(features);
            MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(1)
                    .updater(new Adam(0.05))
                    .list()
                    .layer(new OutputLayer.Builder(LossFunctions.LossFunction.MCXENT)
                            .activation(Activation.SOFTMAX)
                            .nIn(encoder.featureWidth())
                            .nOut(2)
                            .build())
                    .build());
            network.init();
            network.fit(pipeline, 30);
            DataSetIterator tested = new RecordReaderDataSetIterator(reader("test"), 8, 1, 2);
            tested.setPreProcessor(features);
            Evaluation evaluation = network.evaluate(tested);
            assertThat(evaluation.accuracy()).isEqualTo(1);
        }
    }

    @Test
    void whatIsNoImageOrNoLabelIsRefused() {
        INDArray image = Nd4j.rand(1, 3, 8, 8);
        List<String> classes = List.of("a", "b");
        assertThatThrownBy(() -> of(new DataSet(Nd4j.rand(1, 1, 8, 8), Nd4j.zeros(1, 2)), classes))
                .isInstanceOf(DataException.class)
                .hasMessage("Images must be an array [N, 3, height, width], but are [1, 1, 8, 8].");
        assertThatThrownBy(() -> of(new DataSet(image.sub(1), Nd4j.zeros(1, 2)), classes))
                .hasMessageStartingWith("Images must have values from 0 to 255, before any normalisation, but have -");
        assertThatThrownBy(() -> of(new DataSet(image, Nd4j.ones(1, 2)), classes))
                .hasMessage("A label must be one-hot, or all zero where it is not known, but is [1.0, 1.0].");
        assertThatThrownBy(() -> of(new DataSet(image, Nd4j.zeros(1, 3)), classes))
                .hasMessage("Labels must be an array [N, 2], but are [1, 3].");
    }

    private static Dataset of(DataSet batch, List<String> classes) {
        return IteratorImages.of("memory", new ListDataSetIterator<>(List.of(batch), 1), classes, Channels.RGB);
    }
}
