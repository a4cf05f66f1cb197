package io.github.finessl.studio;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.finessl.io.OnnxRuntime;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An exported model for images that are smaller than its input, run by ONNX Runtime alone.
 *
 * @param classes in the order of the probabilities
 */
record ShippedOnnx(OrtSession session, List<String> classes, int side) implements AutoCloseable {

    static ShippedOnnx open(Path file) throws OrtException {
        OrtSession session = OnnxRuntime.environment().createSession(file.toString(), OnnxRuntime.options());
        Map<String, String> about = session.getMetadata().getCustomMetadata();
        return new ShippedOnnx(
                session, List.of(about.get("classes").split("\n", -1)), Integer.parseInt(about.get("image.width")));
    }

    /** The part of the images whose likeliest class is theirs. */
    double accuracy(List<CifarPhotos.Test> images) throws OrtException {
        int right = 0;
        for (CifarPhotos.Test test : images) {
            right += answer(test.image()).equals(test.className()) ? 1 : 0;
        }
        return right / (double) images.size();
    }

    private String answer(BufferedImage image) throws OrtException {
        long[] shape = {1, 3, side, side};
        try (OnnxTensor input =
                        OnnxTensor.createTensor(OnnxRuntime.environment(), FloatBuffer.wrap(pixels(image)), shape);
                OrtSession.Result result = session.run(Map.of("pixels", input))) {
            float[] p = ((float[][]) result.get("probabilities").orElseThrow().getValue())[0];
            int best = 0;
            for (int c = 1; c < p.length; c++) {
                best = p[c] > p[best] ? c : best;
            }
            return classes.get(best);
        }
    }

    private float[] pixels(BufferedImage image) {
        BufferedImage large = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = large.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, side, side, null);
        graphics.dispose();
        int plane = side * side;
        float[] pixels = new float[3 * plane];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (large.getRGB(i % plane % side, i % plane / side) >> (16 - 8 * (i / plane)) & 0xff) / 255f;
        }
        return pixels;
    }

    @Override
    public void close() {
        OnnxRuntime.close(session);
    }
}
