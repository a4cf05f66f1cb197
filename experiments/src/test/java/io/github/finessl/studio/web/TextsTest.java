package io.github.finessl.studio.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.io.OnnxRuntime;
import io.github.finessl.report.LabelCurve;
import io.github.finessl.report.NextLabel;
import io.github.finessl.report.Work;
import io.github.finessl.studio.learn.Judge;
import io.github.finessl.studio.learn.PhotoSorting;
import io.github.finessl.studio.learn.TrainingState;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every language has a text for all that can happen. */
class TextsTest {

    private static Properties texts(String language) throws IOException {
        Properties texts = new Properties();
        try (InputStream in = Texts.class.getResourceAsStream("texts_" + language + ".properties")) {
            texts.load(new InputStreamReader(in, StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static Set<String> values(String text) {
        return Pattern.compile("\\{\\w+}")
                .matcher(text)
                .results()
                .map(found -> found.group())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void allLanguagesHaveTheSameTextsWithTheSameValues() throws IOException {
        Properties english = texts("en");
        for (String language : Texts.LANGUAGES) {
            Properties other = texts(language);
            assertThat(other.stringPropertyNames()).isEqualTo(english.stringPropertyNames());
            for (String key : english.stringPropertyNames()) {
                assertThat(values(other.getProperty(key)))
                        .as(language + " " + key)
                        .isEqualTo(values(english.getProperty(key)));
            }
        }
    }

    @Test
    void whateverTheServerTellsHasAText() throws IOException {
        Stream<String> keys = Stream.of(
                        keys("work.", Work.values()),
                        keys("why.", NextLabel.Why.values()),
                        keys("judge.", Judge.Why.values()),
                        keys("outlook.", LabelCurve.Outlook.values()),
                        keys("phase.", TrainingState.Phase.values()),
                        keys("next.", Overview.Next.values()),
                        keys("sorting.", PhotoSorting.Phase.values()))
                .flatMap(some -> some);
        Set<String> none = Set.of("phase.none", "sorting.none"); // of which nothing is said
        assertThat(texts("ko").stringPropertyNames())
                .containsAll(keys.filter(key -> !none.contains(key)).toList());
    }

    @Test
    void theRuntimeThatShipsNamesIsTheOneThatModelsAreTestedWith() throws IOException {
        try (InputStream in = TextsTest.class.getResourceAsStream("js/ship.js")) {
            String version = OnnxRuntime.environment().getVersion();
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
                    .contains("onnxruntime/%1$s/".formatted(version), "onnxruntime-%s.jar".formatted(version));
        }
    }

    private static Stream<String> keys(String prefix, Enum<?>[] values) {
        return Stream.of(values).map(value -> prefix + value.name().toLowerCase(Locale.ROOT));
    }
}
