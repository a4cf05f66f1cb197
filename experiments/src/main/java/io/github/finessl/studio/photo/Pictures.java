package io.github.finessl.studio.photo;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.data.ImageDecoder;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.Sha256;
import io.github.finessl.report.EncodedImage;
import io.github.finessl.studio.folder.PhotoFolder;
import io.github.finessl.studio.folder.StudioException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pictures of photos that browsers show: re-encoded as JPEG, upright, without what cameras note beside the pixels. Small ones
 * are kept by content in the {@link CacheFolder}. Thread-safe.
 */
public final class Pictures {

    private static final Logger log = LoggerFactory.getLogger(Pictures.class);

    /** The longer side of a small picture, in pixels. */
    static final int SMALL = 256;

    /** The longer side of a large picture, in pixels. */
    static final int LARGE = 1024;

    /** The most photos that are decoded at once for browsers. */
    private final Semaphore decoders = new Semaphore(3);

    private final PhotoFolder folder;
    private final OneWarning warning = new OneWarning(log);

    /** Pictures of a folder's photos. */
    public Pictures(PhotoFolder folder) {
        this.folder = folder;
    }

    /**
     * A small picture.
     *
     * @throws io.github.finessl.io.FineSslException if the photo cannot be decoded or lies outside of the folder
     */
    public byte[] small(StudioPhoto photo) {
        if (photo.sha256().isPresent()) {
            Path kept = file(photo.sha256().get());
            try {
                if (Files.isRegularFile(kept)) {
                    return Files.readAllBytes(kept);
                }
            } catch (IOException e) {
                warning.of("%s cannot be read: %s.".formatted(kept, AtomicFile.reason(e)));
            }
        }
        byte[] bytes = bytes(photo);
        byte[] made = jpeg(decoded(photo, bytes), SMALL);
        keep(Sha256.hex(bytes), made);
        return made;
    }

    /**
     * A large picture.
     *
     * @throws io.github.finessl.io.FineSslException if the photo cannot be decoded or lies outside of the folder
     */
    public byte[] large(StudioPhoto photo) {
        return jpeg(decoded(photo, bytes(photo)), LARGE);
    }

    /** Keeps the small picture of a photo that was decoded, unless it is there. */
    void keep(String sha256, RgbImage pixels) {
        if (!Files.isRegularFile(file(sha256))) {
            keep(sha256, jpeg(pixels, SMALL));
        }
    }

    private void keep(String sha256, byte[] picture) {
        try {
            AtomicFile.write(file(sha256), out -> out.write(picture));
        } catch (IOException e) {
            warning.of(e.getMessage() + " Small pictures will be made again.");
        }
    }

    private static Path file(String sha256) {
        return CacheFolder.file("studio/small/%s/%s.jpg".formatted(sha256.substring(0, 2), sha256));
    }

    /** The bytes of a photo's file. */
    byte[] bytes(StudioPhoto photo) {
        try {
            return Files.readAllBytes(folder.inside(photo.path()));
        } catch (IOException e) {
            throw new StudioException("%s cannot be read: %s.".formatted(photo.path(), AtomicFile.reason(e)), e);
        }
    }

    private RgbImage decoded(StudioPhoto photo, byte[] bytes) {
        decoders.acquireUninterruptibly();
        try {
            return ImageDecoder.PHOTO.decode(bytes, photo.path());
        } finally {
            decoders.release();
        }
    }

    private static byte[] jpeg(RgbImage pixels, int side) {
        BufferedImage image = pixels.toBufferedImage();
        double scale = side / (double) Math.max(image.getWidth(), image.getHeight());
        while (scale < 0.5) { // bilinear looks at two pixels: halves first, so that none is passed over
            image = scaled(image, 0.5);
            scale *= 2;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            EncodedImage.write(scale < 1 ? scaled(image, scale) : image, "jpg", out);
        } catch (IOException e) {
            throw new IllegalStateException("memory can be written to", e);
        }
        return out.toByteArray();
    }

    private static BufferedImage scaled(BufferedImage image, double scale) {
        int width = Math.max(1, (int) Math.round(image.getWidth() * scale));
        int height = Math.max(1, (int) Math.round(image.getHeight() * scale));
        BufferedImage small = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        Graphics2D graphics = small.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, width, height, null);
        graphics.dispose();
        return small;
    }
}
