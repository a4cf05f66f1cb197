package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Recognition of the steps from image to tokens: pixels rescaled, patches embedded. */
final class Patching {

    private Patching() {}

    /** Pixels normalised inside of the graph: {@code a·image + b} with constants that depend on the channel at most. */
    static View rescaled(View view, Optional<Constant> times, Optional<Constant> plus) {
        Piece.Rescaled before = rescaling(view.piece());
        double[] scale = times.map(c -> perChannel(view, c)).orElse(new double[] {1, 1, 1});
        double[] shift = plus.map(c -> perChannel(view, c)).orElse(new double[3]);
        for (int c = 0; c < scale.length; c++) {
            shift[c] += scale[c] * before.shift().values()[c];
            scale[c] *= before.scale().values()[c];
        }
        return with(
                view,
                new Piece.Rescaled(
                        before.image(),
                        Constant.of(scale, false, 3),
                        Constant.of(shift, false, 3),
                        before.low(),
                        before.high()));
    }

    /** Pixels below one value or above another cut off, which must leave something between. */
    static View clamped(View view, double least, double greatest) {
        Piece.Rescaled before = rescaling(view.piece());
        double low = before.low();
        double high = before.high();
        for (int c = 0; c < 3; c++) {
            double scale = before.scale().values()[c];
            double shift = before.shift().values()[c];
            low = Math.max(low, ((scale > 0 ? least : greatest) - shift) / scale);
            high = Math.min(high, ((scale > 0 ? greatest : least) - shift) / scale);
        }
        if (!(low < high)) {
            throw new Untraceable("pixels limited to between " + least + " and " + greatest);
        }
        return with(view, new Piece.Rescaled(before.image(), before.scale(), before.shift(), low, high));
    }

    /** What has been done to the image so far. */
    static Piece.Rescaled rescaling(Piece image) {
        return image.origin() instanceof Piece.Rescaled rescaled
                ? rescaled
                : new Piece.Rescaled(
                        image,
                        Constant.filled(1, 3),
                        Constant.filled(0, 3),
                        Double.NEGATIVE_INFINITY,
                        Double.POSITIVE_INFINITY);
    }

    private static View with(View view, Piece.Rescaled rescaled) {
        return new View(new Piece(rescaled, view.piece().shape()), view.layout());
    }

    /**
     * Channels side by side that were taken apart from one image, in another order.
     *
     * @return empty if these are other things
     */
    static Optional<View> joined(List<Value> parts, int dim) {
        if (!(parts.get(0) instanceof View first)
                || !first.piece().isImage()
                || !parts.stream().allMatch(part -> part instanceof View view && view.piece() == first.piece())) {
            return Optional.empty();
        }
        return Layout.joined(parts.stream().map(part -> ((View) part).layout()).toList(), dim)
                .map(layout -> new View(first.piece(), layout));
    }

    /** Whether a view shows the whole image, be it with blue as the first channel. */
    static boolean isWhole(View image) {
        return image.isWhole() || isReversed(image);
    }

    private static boolean isReversed(View image) {
        return image.layout().equals(reversed(Layout.of(image.piece().shape())));
    }

    private static Layout reversed(Layout channels) {
        return channels.slice(1, 2, -1, 3);
    }

    /** The weights of a convolution of such a view for the image as it is. */
    static Constant inOrder(View image, Constant weight) {
        return isReversed(image) && weight.shape().length == 4 && weight.shape()[1] == 3
                ? weight.with(reversed(weight.layout()))
                : weight;
    }

    private static double[] perChannel(View view, Constant constant) {
        long[] image = view.piece().shape();
        return view.perPart(constant, image[2] * image[3], 3)
                .orElseThrow(() -> new Untraceable("an image changed pixel by pixel"));
    }

    /** The patch embedding; its result [batch, D, rows, columns] is a view of [batch, patches, D]. */
    static View convolution(Op op) {
        Constant weight = op.constant(1);
        return convolution(
                op, op.view(0), weight, op.optionalConstant(2).map(b -> Layers.vector(b, weight.shape()[0])));
    }

    /** The node's settings on an image and weights that may not be its own inputs. */
    static View convolution(Op op, View image, Constant ofView, Optional<Constant> bias) {
        if (!image.piece().isImage() || !isWhole(image)) {
            throw new Untraceable("a convolution of something else than the image (a convolutional network?)");
        }
        Constant weight = inOrder(image, ofView);
        long[] kernel = weight.shape();
        boolean padded = !Arrays.asList("NOTSET", "VALID").contains(op.string("auto_pad", "NOTSET"))
                || op.integers("pads")
                        .filter(p -> Arrays.stream(p).anyMatch(v -> v != 0))
                        .isPresent();
        boolean dilated = op.integers("dilations")
                .filter(d -> Arrays.stream(d).anyMatch(v -> v != 1))
                .isPresent();
        long[] strides = op.integers("strides").orElse(new long[] {1, 1});
        if (kernel.length != 4
                || padded
                || dilated
                || op.integer("group", 1) != 1
                || !Arrays.equals(strides, Arrays.copyOfRange(kernel, 2, 4))) {
            throw new Untraceable(
                    "a convolution " + Arrays.toString(kernel) + " with strides " + Arrays.toString(strides)
                            + (padded ? " and padding" : "") + " on the image, not one of whole patches (a ResNet?)");
        }
        Piece patches = patches(image.piece(), weight, bias);
        long[] size = image.piece().shape();
        Layout grid = Layout.of(size[0], size[2] / kernel[2], size[3] / kernel[3], kernel[0]);
        return new View(patches, grid.transpose(0, 3, 1, 2));
    }

    /** Patches laid out as rows, in whatever order of their pixels, times weights [pixels, D]. */
    static View linear(View view, Constant weight, Optional<Constant> bias) {
        long[] image = view.piece().shape();
        long[] shape = view.layout().shape();
        long pixels = shape[shape.length - 1];
        if (weight.layout().rank() != 2 || pixels == 0 || weight.shape()[0] != pixels) {
            throw new Untraceable("weights " + Arrays.toString(weight.shape()) + " applied to the image");
        }
        long tokens = view.layout().size() / image[0] / pixels;
        Layout rows = view.layout().reshape(image[0], tokens, pixels);
        int[] pixel = rows.slice(0, 0, 1, 1).slice(1, 0, 1, 1).indices();
        int[] token = rows.slice(0, 0, 1, 1).slice(2, 0, 1, 1).indices();
        int imageWidth = Math.toIntExact(image[3]);
        int plane = Math.toIntExact(image[2]) * imageWidth;
        int height =
                1 + Arrays.stream(pixel).map(i -> i % plane / imageWidth).max().orElseThrow();
        int width = 1 + Arrays.stream(pixel).map(i -> i % imageWidth).max().orElseThrow();
        long columns = image[3] / width;
        boolean grid = pixels == 3L * height * width
                && tokens == image[2] / height * columns
                && Arrays.stream(pixel).distinct().count() == pixels
                && rows.dims().get(0).equals(Layout.of(image).dims().get(0));
        for (int t = 0; t < token.length && grid; t++) {
            grid = token[t] - pixel[0] == t / columns * height * imageWidth + t % columns * width;
        }
        if (!grid) {
            throw new Untraceable("a linear layer on pixels that are no patches of the image");
        }
        int dim = Math.toIntExact(weight.shape()[1]);
        double[] from = weight.values();
        var kernel = new double[from.length];
        for (int p = 0; p < pixel.length; p++) {
            int at = pixel[p] / plane * height * width + pixel[p] % plane / imageWidth * width + pixel[p] % imageWidth;
            for (int d = 0; d < dim; d++) {
                kernel[d * pixel.length + at] = from[p * dim + d];
            }
        }
        Piece patches = patches(view.piece(), Constant.of(kernel, false, dim, 3, height, width), bias);
        shape[shape.length - 1] = dim;
        return new View(patches, Layout.of(patches.shape()).reshape(shape));
    }

    /** The patches [batch, patches, D] of a convolution whose stride is its kernel; a rescaled image is folded into it. */
    private static Piece patches(Piece image, Constant weight, Optional<Constant> bias) {
        long[] kernel = weight.shape();
        long[] size = image.shape();
        if (kernel[1] != size[1]
                || kernel[2] < 1
                || kernel[3] < 1
                || size[2] % kernel[2] != 0
                || size[3] % kernel[3] != 0) {
            throw new Untraceable(
                    "patches " + Arrays.toString(kernel) + " that do not divide the image " + Arrays.toString(size));
        }
        Piece.Patches patches = image.origin() instanceof Piece.Rescaled rescaled
                ? folded(rescaled, weight, bias)
                : new Piece.Patches(image, weight, bias);
        return new Piece(patches, size[0], Math.multiplyExact(size[2] / kernel[2], size[3] / kernel[3]), kernel[0]);
    }

    /** Exact, for there is no padding: w·(a·x + b) = (w·a)·x + w·b. */
    private static Piece.Patches folded(Piece.Rescaled rescaled, Constant weight, Optional<Constant> bias) {
        double[] scale = rescaled.scale().values();
        double[] shift = rescaled.shift().values();
        double[] weights = weight.values();
        long[] kernel = weight.shape();
        int dim = Math.toIntExact(kernel[0]);
        int plane = weights.length / dim / 3;
        double[] sums = bias.map(Constant::values).orElseGet(() -> new double[dim]);
        for (int i = 0; i < weights.length; i++) {
            int channel = i / plane % 3;
            sums[i / plane / 3] += weights[i] * shift[channel];
            weights[i] *= scale[channel];
        }
        return new Piece.Patches(
                rescaled.image(), Constant.of(weights, false, kernel), Optional.of(Constant.of(sums, false, dim)));
    }
}
