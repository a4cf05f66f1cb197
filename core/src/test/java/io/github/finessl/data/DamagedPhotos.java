package io.github.finessl.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Decodes damaged photos in a process of its own, and says how many were refused, on standard output alone. */
final class DamagedPhotos {

    private static final int EACH = 40;

    private DamagedPhotos() {}

    public static void main(String[] folder) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(folder[0]))) {
            files = all.sorted().toList();
        }
        Random random = new Random(1);
        int refused = 0;
        for (Path file : files) {
            byte[] whole = Files.readAllBytes(file);
            for (int i = 0; i < EACH; i++) {
                byte[] damaged = i % 8 == 7 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
                for (int flips = 1 + i % 7; flips > 0 && damaged.length > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                for (ImageDecoder decoder : ImageDecoder.values()) {
                    refused += decoder.fault(damaged).isEmpty() ? 0 : 1;
                }
            }
        }
        System.out.println(refused);
        System.err.println("The end.");
    }
}
