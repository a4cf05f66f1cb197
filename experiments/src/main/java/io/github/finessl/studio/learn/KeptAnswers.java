package io.github.finessl.studio.learn;

import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.Sha256;
import io.github.finessl.serve.Classification;
import io.github.finessl.serve.ModelCard;
import io.github.finessl.studio.photo.OneWarning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answers of one model in one arithmetic, by the photos' content, in the {@link CacheFolder}: a line for each photo, with its
 * likeliest classes.
 *
 * @param classes of the model
 */
record KeptAnswers(Path file, List<String> classes) {

    private static final Logger log = LoggerFactory.getLogger(KeptAnswers.class);
    private static final String FORM = "finessl answers 1";

    /**
     * The file of a model's answers.
     *
     * @param kernels the name of what computes them
     */
    static KeptAnswers of(ModelCard card, String kernels) {
        String identity = FORM + " " + kernels + " " + card.unsureBelow(0);
        String hash = Sha256.hex(identity.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
        return new KeptAnswers(CacheFolder.file("studio/answers-" + hash + ".tsv"), card.classes());
    }

    /** The answers that are kept; none where there is no file, or one that cannot be used. */
    Map<String, Classification> read() {
        Map<String, Classification> answers = new HashMap<>();
        if (!Files.isRegularFile(file)) {
            return answers;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            if (!lines.isEmpty() && lines.get(0).equals(FORM)) {
                lines.stream().skip(1).forEach(line -> add(line, answers));
            }
        } catch (IOException | RuntimeException e) {
            log.warn("{} cannot be used ({}); the photos are looked at again.", file, e.toString());
            answers.clear();
        }
        return answers;
    }

    private void add(String line, Map<String, Classification> answers) {
        String[] parts = line.split("\t", -1);
        List<String> names = new ArrayList<>();
        List<Double> probabilities = new ArrayList<>();
        for (int i = 2; i < parts.length; i += 2) {
            names.add(classes.get(Integer.parseInt(parts[i])));
            probabilities.add(Double.parseDouble(parts[i + 1]));
        }
        answers.put(parts[0], new Classification(names, probabilities, Double.parseDouble(parts[1])));
    }

    /**
     * Writes answers in the place of what was kept.
     *
     * @param warning where they cannot be
     */
    void write(Map<String, Classification> answers, OneWarning warning) {
        String lines = answers.entrySet().stream()
                .map(each -> line(each.getKey(), each.getValue()))
                .collect(Collectors.joining("", FORM + "\n", ""));
        try {
            AtomicFile.write(file, lines);
        } catch (IOException e) {
            warning.of(e.getMessage() + " The photos will be looked at again next time.");
        }
    }

    private String line(String sha256, Classification answer) {
        return IntStream.range(0, answer.classes().size())
                .mapToObj(k -> "\t" + classes.indexOf(answer.classes().get(k)) + "\t"
                        + answer.probabilities().get(k))
                .collect(Collectors.joining("", sha256 + "\t" + answer.fit(), "\n"));
    }
}
