package io.github.finessl.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.awt.Graphics2D;
import java.awt.Image;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.Map;
import javax.imageio.ImageIO;

/** The classes of an image by a model that takes pixels from 0 to 1: ONNX Runtime alone is needed. */
final class Classify {
    public static void main(String[] args) throws IOException, OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(args[0])) {
            Map<String, String> about = session.getMetadata().getCustomMetadata();
            int width = Integer.parseInt(about.get("image.width"));
            int height = Integer.parseInt(about.get("image.height"));
            String[] classes = about.get("classes").split("\n", -1);

            BufferedImage photo = ImageIO.read(new File(args[1]));
            Image near = photo.getWidth() <= width // larger by interpolation, smaller by averaging
                    ? photo
                    : photo.getScaledInstance(width, height, Image.SCALE_AREA_AVERAGING);
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = image.createGraphics();
            graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
            graphics.drawImage(near, 0, 0, width, height, null);
            int plane = width * height;
            float[] pixels = new float[3 * plane]; // all of red, of green, of blue
            for (int i = 0; i < pixels.length; i++) {
                int rgb = image.getRGB(i % plane % width, i % plane / width);
                pixels[i] = (rgb >> (16 - 8 * (i / plane)) & 0xff) / 255f;
            }

            long[] shape = {1, 3, height, width};
            try (OnnxTensor input = OnnxTensor.createTensor(environment, FloatBuffer.wrap(pixels), shape);
                    OrtSession.Result result = session.run(Map.of("pixels", input))) {
                float[] p =
                        ((float[][]) result.get("probabilities").orElseThrow().getValue())[0];
                for (int c = 0; c < p.length; c++) {
                    System.out.printf("%.5f %s%n", p[c], classes[c]);
                }
            }
        }
    }

    private Classify() {}
}
