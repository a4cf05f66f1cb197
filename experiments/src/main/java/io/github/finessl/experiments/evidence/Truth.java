package io.github.finessl.experiments.evidence;

import io.github.finessl.data.Dataset;
import io.github.finessl.report.PackedLabels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The classes of test images, kept beside the records so that predictions can be compared where the data is not.
 *
 * @param folder {@code results/evidence/truth}, a file for each set of test images
 */
record Truth(Path folder, Map<String, Optional<PackedLabels>> known) {

    /** The classes kept in a folder. */
    Truth(Path folder) {
        this(folder, new HashMap<>());
    }

    /** The class of each test image of a run; empty where they are not kept. */
    Optional<List<Integer>> of(String testSha256) throws IOException {
        Optional<PackedLabels> labels = known.get(testSha256);
        if (labels == null) {
            Path file = file(testSha256);
            labels = Files.exists(file) ? Optional.of(PackedLabels.read(file)) : Optional.empty();
            known.put(testSha256, labels);
        }
        return labels.map(PackedLabels::classes);
    }

    /** Keeps the classes of test images. */
    void keep(Dataset test) throws IOException {
        Path file = file(test.sha256());
        if (!Files.exists(file)) {
            new PackedLabels(
                            test.name(),
                            test.sha256(),
                            IntStream.range(0, test.size())
                                    .map(test::label)
                                    .boxed()
                                    .toList())
                    .write(file);
            known.remove(test.sha256());
        }
    }

    private Path file(String testSha256) {
        return folder.resolve(testSha256.substring(0, 16) + ".json");
    }
}
