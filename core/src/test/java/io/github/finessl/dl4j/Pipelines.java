package io.github.finessl.dl4j;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.augment.Normalisation;
import io.github.finessl.data.Dataset;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.KernelChoice;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.serve.FineSslModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.datavec.api.io.labels.ParentPathLabelGenerator;
import org.datavec.api.split.FileSplit;
import org.datavec.image.recordreader.ImageRecordReader;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.evaluation.classification.ROCMultiClass;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.learning.config.Adam;

/** The README's examples. */
final class Pipelines {
    private Pipelines() {}

    /**
     * Trains on photos and tests the model.
     *
     * @param arguments an encoder's file; a folder of the folders {@code labelled}, {@code unlabelled} and {@code test}; the
     *     model's folder; how many steps
     */
    public static void main(String[] arguments) throws IOException {
        File folder = new File(arguments[1]);
        Photos photos =
                ofReaders(new File(folder, "labelled"), new File(folder, "unlabelled"), new File(folder, "test"));
        try (FineSslModel model = FineTuner.of(Path.of(arguments[0]))
                .steps(Integer.parseInt(arguments[3]))
                .into(Path.of(arguments[2]))
                .build()
                .fit(photos)) {
            results(model, photos);
        }
    }

    static Photos ofReaders(File labelled, File unlabelled, File test) throws IOException {
        ImageRecordReader some = new ImageRecordReader(224, 224, 3, new ParentPathLabelGenerator());
        ImageRecordReader more = new ImageRecordReader(224, 224, 3);
        ImageRecordReader others = new ImageRecordReader(224, 224, 3, new ParentPathLabelGenerator());
        some.initialize(new FileSplit(labelled));
        more.initialize(new FileSplit(unlabelled));
        others.initialize(new FileSplit(test));
        return Photos.of(
                IteratorImages.of("photos", some, more, Channels.BGR),
                IteratorImages.of("photos/test", others, Channels.BGR));
    }

    static Photos ofIterators(DataSetIterator train, DataSetIterator test, List<String> classes) {
        Dataset images = IteratorImages.of("photos", train, classes, Channels.BGR);
        return Photos.of(images, IteratorImages.of("photos/test", test, classes, Channels.BGR));
    }

    static MultiLayerNetwork onFeatures(Path encoderFile, DataSetIterator pipeline, int classes) {
        Encoder encoder = OnnxEncoderReader.read(encoderFile);
        MultiLayerNetwork network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(0.05))
                .list(new OutputLayer.Builder()
                        .activation(Activation.SOFTMAX)
                        .nIn(encoder.featureWidth())
                        .nOut(classes)
                        .build())
                .build());
        network.init();
        try (Kernels kernels = KernelChoice.open(Precision.AUTO);
                EncoderFeatures features = new EncoderFeatures(encoder, Normalisation.CLIP, Channels.BGR, kernels)) {
            pipeline.setPreProcessor(features);
            network.fit(pipeline, 30);
        }
        return network;
    }

    static void probabilities(FineSslModel model, DataSetIterator pipeline) {
        pipeline.setPreProcessor(new ModelProbabilities(model, Channels.BGR));
        while (pipeline.hasNext()) {
            DataSet batch = pipeline.next();
            INDArray probabilities = batch.getFeatures(); // [N, C]
            System.out.println(probabilities.argMax(1));
        }
    }

    static void results(FineSslModel model, Photos photos) {
        Evaluation evaluation = Evaluations.of(model, photos.test());
        ROCMultiClass roc = Evaluations.roc(model, photos.test());
        System.out.println(evaluation.stats());
        System.out.println(roc.calculateAverageAUC());
    }
}
