package io.github.finessl.train;

import io.github.finessl.encoder.Encoder;
import io.github.finessl.encoder.VisionTransformer;
import io.github.finessl.encoder.VisionTransformer.LayerNorm;
import io.github.finessl.encoder.VisionTransformer.Linear;
import java.util.Optional;
import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.inverse.InvertMatrix;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Zero-shot classification (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021):
 * an image's class is the one whose text lies nearest to it in the space that both are projected to.
 *
 * <pre>  p = softmax(s·cos(Wᵀf + b, t_c))</pre>
 *
 * @param texts t, rows of length 1 [C, E]
 * @param scale s
 * @param projection W and b of the images' features, where the encoder's file has one and they do not lie in that space already
 */
public record ZeroShot(INDArray texts, double scale, Optional<Linear> projection) {

    /** By how much what all classes have in common outweighs a class's own vector. */
    private static final double COMMON = 30;

    private static final long ANY = 1;

    /**
     * Zero-shot classification of an encoder's images.
     *
     * @param texts class vectors in the joint space [C, E]
     * @throws IllegalArgumentException if E is neither the width of the encoder's projection nor that of its features
     */
    public static ZeroShot of(float[][] texts, double scale, Encoder encoder) {
        INDArray given = Nd4j.createFromArray(texts);
        return new ZeroShot(unit(given), scale, projection(encoder, given.size(1)));
    }

    /**
     * The projection of an encoder's features to vectors of a width; empty where the features are as wide themselves.
     *
     * @throws IllegalArgumentException if neither is
     */
    static Optional<Linear> projection(Encoder encoder, long width) {
        Optional<Linear> head = encoder instanceof VisionTransformer vit ? vit.head() : Optional.empty();
        Optional<Linear> fitting = head.filter(each -> each.weight().size(1) == width);
        if (fitting.isEmpty() && width != encoder.featureWidth()) {
            throw new IllegalArgumentException("expected %d%s numbers for each class, found %d"
                    .formatted(
                            encoder.featureWidth(),
                            head.map(each -> " or " + each.weight().size(1)).orElse(""),
                            width));
        }
        return fitting;
    }

    /** Rows of length 1. */
    static INDArray unit(INDArray rows) {
        INDArray norms = rows.norm2(true, 1);
        if (norms.minNumber().doubleValue() == 0) {
            throw new IllegalArgumentException("expected numbers other than 0 for each class");
        }
        return rows.divColumnVector(norms).dup('c');
    }

    /**
     * The probabilities of classes [n, C].
     *
     * @param features of images [n, D]
     */
    public double[][] probabilities(float[][] features) {
        INDArray images = Nd4j.createFromArray(features);
        if (projection.isPresent()) {
            images = images.mmul(projection.get().weight());
            if (projection.get().bias().isPresent()) {
                images.addiRowVector(projection.get().bias().get());
            }
        }
        return Transforms.softmax(unit(images).mmul(texts.transpose()).muli(scale))
                .castTo(DataType.DOUBLE)
                .toDoubleMatrix();
    }

    /**
     * This classification as a cosine head on the features themselves, which is exact where the images are not projected. Else
     *
     * <pre>
     *   w_c = W t_c + a_c v,   v of length 1 with Wᵀv = 0,   a_c² + |W t_c|² = M²
     *   cos(f, w_c) = (f·W t_c + a_c f·v) / (M |f|)
     * </pre>
     *
     * all w_c have one length M, and the larger M, the less a_c varies: classes are ranked as by f·W t_c, that is, as by the
     * cosine in the joint space. The head's scale undoes M, for a feature of average length, such that probabilities are about
     * those of {@link #probabilities}.
     *
     * @throws IllegalArgumentException if the projection has a bias or does not narrow, as no published model's
     */
    public HeadStart.Semantic head(Encoder encoder) {
        if (projection.isEmpty()) {
            return new HeadStart.Semantic(texts, Optional.of(scale));
        }
        INDArray w = projection.get().weight().castTo(DataType.DOUBLE);
        if (projection.get().bias().isPresent() || w.size(0) <= w.size(1)) {
            throw new IllegalArgumentException(
                    "expected a projection without bias to fewer numbers than there are features, found one from "
                            + w.size(0) + " to " + w.size(1));
        }
        INDArray own = texts.castTo(DataType.DOUBLE).mmul(w.transpose());
        INDArray squares = own.mul(own).sum(true, 1);
        double length = COMMON * Math.sqrt(squares.maxNumber().doubleValue());
        INDArray common = Transforms.sqrt(squares.rsub(length * length)).mmul(unseen(w));
        VisionTransformer vit = (VisionTransformer) encoder;
        double narrowed = narrowing(w, vit.pooledNorm().or(vit::finalNorm));
        return new HeadStart.Semantic(
                own.add(common).div(length).castTo(DataType.FLOAT).dup('c'), Optional.of(scale * length / narrowed));
    }

    /** A vector of length 1 that the projection takes to 0 [1, D]. */
    private static INDArray unseen(INDArray w) {
        Random random = new Random(ANY);
        double[] any = new double[(int) w.size(0)];
        for (int d = 0; d < any.length; d++) {
            any[d] = random.nextGaussian();
        }
        INDArray v = Nd4j.createFromArray(any).reshape(any.length, 1);
        INDArray inverse = InvertMatrix.invert(w.transpose().mmul(w), false);
        INDArray rest = v.sub(w.mmul(inverse).mmul(w.transpose()).mmul(v));
        return rest.div(rest.norm2Number().doubleValue()).transpose();
    }

    /** |Wᵀf| over |f| for an average feature, whose numbers before the norm's gain and bias are of mean 0 and deviation 1. */
    private static double narrowing(INDArray w, Optional<LayerNorm> norm) {
        INDArray gain = norm.map(each -> each.gain().castTo(DataType.DOUBLE))
                .orElseGet(() -> Nd4j.ones(DataType.DOUBLE, w.size(0)));
        INDArray bias = norm.map(each -> each.bias().castTo(DataType.DOUBLE))
                .orElseGet(() -> Nd4j.zeros(DataType.DOUBLE, w.size(0)));
        double projected =
                squares(bias.reshape(1, w.size(0)).mmul(w)) + squares(w.mulColumnVector(gain.reshape(w.size(0), 1)));
        return Math.sqrt(projected / (squares(gain) + squares(bias)));
    }

    private static double squares(INDArray x) {
        return x.mul(x).sumNumber().doubleValue();
    }
}
