package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.nio.file.Path;

public final class ImageDecoder {
    private ImageDecoder() {}

    public static RgbImage upright(Path file) {
        return ImageFiles.decode(file);
    }
}
