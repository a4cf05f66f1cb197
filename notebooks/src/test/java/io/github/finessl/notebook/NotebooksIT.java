package io.github.finessl.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernel as installed by its script into a folder of its own, in Jupyter; and every notebook in it. */
@Tag("notebooks")
class NotebooksIT {

    @TempDir
    private static Path folder;

    /** How a command ended, and all that it wrote. */
    private record Ended(int exit, String output) {}

    @BeforeAll
    static void install() throws Exception {
        Ended ended = run("./install-kernel.sh", "--built");
        assertThat(ended.exit()).as(ended.output()).isZero();
    }

    static List<Path> notebooks() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            return files.filter(file -> file.toString().endsWith(".ipynb"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("notebooks")
    void everyCellRuns(Path notebook) throws Exception {
        Ended ended = run("./run.sh", notebook.toString());
        assertThat(ended.exit()).as(ended.output()).isZero();
    }

    @Test
    void outputsAreKeptWhereAsked() throws Exception {
        Path notebook = notebook(
                "kept.ipynb",
                "System.out.print(\\\"to out\\\"); System.err.print(\\\"to err\\\");",
                "import java.awt.image.BufferedImage;\\nnew BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB)");
        String before = Files.readString(notebook);
        assertThat(run("./run.sh", notebook.toString()).exit()).isZero();
        assertThat(notebook).hasContent(before);

        Ended ended = run("./run.sh", "--inplace", notebook.toString());
        assertThat(ended.exit()).as(ended.output()).isZero();
        assertThat(Files.readString(notebook))
                .contains("\"to out\"", "\"to err\"", "\"image/png\": \"iVBORw0KGgo", "\"image, 3 x 2\"")
                .doesNotContain("iopub.execute_input", folder.toString());
    }

    @Test
    void aFailingCellFails() throws Exception {
        Path notebook = notebook("failing.ipynb", "int x = 1;", "\\nthrow new IllegalStateException(\\\"no\\\" + x)");
        String before = Files.readString(notebook);
        Ended ended = run("./run.sh", "--inplace", notebook.toString());
        assertThat(ended.exit()).isNotZero();
        assertThat(ended.output()).contains("IllegalStateException: no1", "notebook.main(cell 2:2)");
        assertThat(notebook).hasContent(before);
    }

    @Test
    void whatIsNotJavaFails() throws Exception {
        Ended ended = run("./run.sh", notebook("wrong.ipynb", "int x = ;").toString());
        assertThat(ended.exit()).isNotZero();
        assertThat(ended.output()).contains("cell 1, line 1: illegal start of expression");
    }

    @Test
    void aNotebookThatIsNotThereFails() throws Exception {
        Ended ended = run("./run.sh", "nowhere.ipynb");
        assertThat(ended.exit()).isNotZero();
        assertThat(ended.output()).contains("run.sh: there is no notebook nowhere.ipynb");
    }

    /** A notebook of these cells; their text is JSON's. */
    private static Path notebook(String name, String... sources) throws IOException {
        List<String> cells = new ArrayList<>();
        for (String source : sources) {
            cells.add("""
                    {"cell_type": "code", "id": "cell-%d", "execution_count": null, "metadata": {}, "outputs": [],
                     "source": ["%s"]}""".formatted(cells.size(), source));
        }
        return Files.writeString(folder.resolve(name), """
                {"cells": [%s], "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec":
                 {"display_name": "Java (FineSSL)", "language": "java", "name": "finessl-java"}}}
                """.formatted(String.join(",\n", cells)));
    }

    private static Ended run(String... command) throws IOException, InterruptedException {
        ProcessBuilder process = new ProcessBuilder(command).redirectErrorStream(true);
        process.environment()
                .put("JUPYTER_DATA_DIR", folder.resolve("jupyter data").toString());
        process.environment().remove("OMP_NUM_THREADS"); // Set for the tests of arrays, and not for users.
        Process started = process.start();
        String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Ended(started.waitFor(), output);
    }
}
