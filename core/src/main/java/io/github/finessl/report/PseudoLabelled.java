package io.github.finessl.report;

import java.nio.file.Path;
import java.util.List;

public record PseudoLabelled(String image, int label, double confidence, Double weight, Double margin, int truth) {
    public static void writeCsv(Path file, List<PseudoLabelled> all, List<String> classes) throws java.io.IOException {
        AtomicFile.write(file, all.toString() + classes);
    }
}
