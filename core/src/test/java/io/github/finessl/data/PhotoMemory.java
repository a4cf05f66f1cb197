package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Decodes a photo in a process of its own and says what that took: width, height and MiB. */
final class PhotoMemory {

    private PhotoMemory() {}

    public static void main(String[] args) throws IOException {
        ImageDecoder.PHOTO.decode(PhotoBytes.write(PhotoBytes.stored(1), "png"), "to load OpenCV");
        long before = peak();
        RgbImage image = ImageDecoder.PHOTO.decode(Path.of(args[0]));
        System.out.println(image.width() + " " + image.height() + " " + (peak() - before) / 1024);
    }

    /** In KiB. */
    private static long peak() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmHWM"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
