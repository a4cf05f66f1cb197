package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.finessl.experiments.run.Exit;
import io.github.finessl.web.RawHttp;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's command on a clone of what is committed, as a newcomer has it. */
@Tag("slow")
class FreshCloneTest {

    @TempDir
    static Path directory;

    private record Ended(int exit, String output) {}

    @BeforeAll
    static void cloneRepository() throws IOException, InterruptedException {
        Path root = Path.of("").toRealPath();
        assertThat(run(directory, "git", "clone", "-q", root.toString(), "clone")
                        .exit())
                .isZero();
    }

    private static Ended run(Path where, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(where.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
        return new Ended(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    private static Ended experiment(String... properties) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-ntp", "exec:java"));
        command.addAll(List.of(properties));
        return run(directory.resolve("clone"), command.toArray(String[]::new));
    }

    @Test
    void buildsOnceAndPassesExitCodesOn() throws IOException, InterruptedException {
        Ended list = experiment("-Dexp=list");
        assertThat(list.exit()).as(list.output()).isEqualTo(Exit.OK.code());
        assertThat(list.output()).contains("Doctor");

        Ended unknown = experiment("-Dexp=Nope");
        assertThat(unknown.exit()).isEqualTo(Exit.FAILED.code());
        assertThat(unknown.output()).contains("There is no experiment Nope.").doesNotContain("Building.");

        assertThat(experiment("-Dexp=Doctor", "-Dsteps=0").exit()).isEqualTo(Exit.BAD_OPTION.code());

        Ended missing = experiment("-Dexp=Doctor", "-Dencoder=no such \"file\".onnx");
        assertThat(missing.exit()).isEqualTo(Exit.BAD_FILE.code());
        assertThat(missing.output()).contains("There is no file no such \"file\".onnx.");
    }

    @Test
    void runsWhatTheSourcesSayNow() throws IOException, InterruptedException {
        assertThat(experiment("-Dexp=list").exit()).isZero();
        Path source =
                directory.resolve("clone/experiments/src/main/java/io/github/finessl/experiments/tool/Doctor.java");
        String text = Files.readString(source);
        Files.writeString(source, text.replace("Checks machine", "Looks at machine"));
        assertThat(experiment("-Dexp=list").output()).contains("Building.", "Looks at machine");

        Files.writeString(source, text + "nonsense");
        Ended broken = experiment("-Dexp=list");
        assertThat(broken.exit()).isNotZero();
        assertThat(broken.output()).contains("Doctor.java");
        Files.writeString(source, text);
    }

    @Test
    void theDistributionRunsFromAnywhere() throws IOException, InterruptedException {
        Path clone = directory.resolve("clone");
        Ended built = run(clone, "mvn", "-q", "-B", "-ntp", "package", "-DskipTests");
        assertThat(built.exit()).as(built.output()).isZero();
        Path copy = directory.resolve("어딘가 else");
        Files.move(clone.resolve("experiments/target/finessl"), copy);
        Path link = Files.createSymbolicLink(directory.resolve("finessl"), copy.resolve("bin/finessl"));

        Ended help = run(directory, link.toString(), "--help");
        assertThat(help.exit()).as(help.output()).isZero();
        assertThat(help.output()).contains("pseudo-label");
        assertThat(run(directory, link.toString(), "--version").output())
                .matches("finessl \\S+ \\([0-9a-f]{12}.*\\)\\s*");
        assertThat(run(directory, link.toString(), "train", "--heap", "much").exit())
                .isEqualTo(Exit.BAD_OPTION.code());

        Ended photos = run(
                directory,
                "java",
                clone.resolve("data/CifarAsPhotos.java").toString(),
                clone.resolve("data/cifar10-mini").toString(),
                "photos",
                "1");
        assertThat(photos.exit()).as(photos.output()).isZero();
        Ended trained = run(
                directory,
                link.toString(),
                "train",
                "--labelled=photos/labelled",
                "--unlabelled=photos/unlabelled",
                "--out=my model",
                "--steps=2",
                "--resolution=32",
                "--threads=1");
        assertThat(trained.exit()).as(trained.output()).isZero();
        assertThat(trained.output()).doesNotContainIgnoringCase("warning").doesNotContain("do not match");

        Ended first = predict(link);
        assertThat(first.exit()).as(first.output()).isZero();
        Path start;
        try (Stream<Path> starts = Files.list(directory.resolve(".cache/finessl"))) {
            start = starts.filter(each -> each.getFileName().toString().startsWith("start-"))
                    .findFirst()
                    .orElseThrow();
        }
        assertThat(start.resolve("classes.jsa")).isNotEmptyFile();
        assertThat(start.resolve("natives")).isNotEmptyDirectory();
        assertThat(predict(link).output()).isEqualTo(first.output());
        Files.delete(start.resolve("classes.jsa"));
        Files.write(start.resolve("classes.jsa"), new byte[] {1, 2, 3});
        assertThat(predict(link).output()).isEqualTo(first.output());
        Path library = start.resolve("natives/libjnidnnl.so");
        Files.delete(library);
        Files.createSymbolicLink(library, directory.resolve("nowhere"));
        assertThat(predict(link).output()).isEqualTo(first.output());
        assertThat(library).exists();
        servesUntilStopped(link);
    }

    private static void servesUntilStopped(Path finessl) throws IOException, InterruptedException {
        Process serving = new ProcessBuilder(finessl.toString(), "serve", "my model", "--port=0")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = serving.inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            assertThat(line).startsWith("my model answers at http://127.0.0.1:");
            int port = Integer.parseInt(line.replaceFirst(".*?127\\.0\\.0\\.1:(\\d+) .*", "$1"));
            RawHttp.Answer answer = new RawHttp(port)
                    .send(
                            "POST",
                            "/classify",
                            Map.of("Host", "127.0.0.1:" + port),
                            Files.readAllBytes(directory.resolve("photos/unlabelled/0100.png")));
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            serving.destroy();
            assertThat(serving.waitFor(2, TimeUnit.MINUTES)).isTrue();
            assertThat(serving.exitValue()).isZero();
        } finally {
            serving.destroyForcibly();
        }
    }

    /** What a start keeps for the next ones lies in the user's home. */
    private Ended predict(Path finessl) throws IOException, InterruptedException {
        return run(
                directory,
                "env",
                "HOME=" + directory,
                finessl.toString(),
                "predict",
                "my model",
                "photos/unlabelled/0100.png");
    }

    @Test
    void aReleaseIsAZipForUnixAndWindows() throws IOException, InterruptedException {
        Path clone = directory.resolve("clone");
        Ended built = run(
                clone, "mvn", "-q", "-B", "-ntp", "-Prelease", "package", "-DskipTests", "-Dmaven.javadoc.skip=true");
        assertThat(built.exit()).as(built.output()).isZero();
        List<String> zips = names(clone.resolve("experiments/target")).stream()
                .filter(name -> name.endsWith(".zip"))
                .toList();
        assertThat(zips).singleElement().asString().matches("finessl-[\\w.-]+-linux-x86_64\\.zip");
        String name = zips.get(0).replace("-linux-x86_64.zip", "");
        Path zip = clone.resolve("experiments/target").resolve(zips.get(0));
        try (FileSystem files = FileSystems.newFileSystem(zip, Map.of("enablePosixFileAttributes", true))) {
            Path root = files.getPath(name);
            assertThat(names(files.getPath("/"))).containsExactly(name);
            assertThat(names(root))
                    .containsExactlyInAnyOrder("bin", "lib", "encoder", "README.md", "LICENSE", "commit.properties");
            assertThat(names(root.resolve("encoder"))).containsExactly("vit_tiny_patch16_224.onnx");
            assertThat(Files.getPosixFilePermissions(root.resolve("bin/finessl")))
                    .contains(PosixFilePermission.OWNER_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);
            String windows = Files.readString(root.resolve("bin/finessl.bat"));
            assertThat(windows.lines()).hasSameSizeAs(windows.split("\r\n")).noneMatch(line -> line.contains("${"));
            List<String> libraries = names(root.resolve("lib"));
            for (Path script : List.of(root.resolve("bin/finessl"), root.resolve("bin/finessl.bat"))) {
                assertThat(libraries)
                        .containsAll(Pattern.compile("[\\w-]+-[\\d.]+\\.jar")
                                .matcher(Files.readString(script))
                                .results()
                                .map(MatchResult::group)
                                .toList());
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString().replace("/", ""))
                    .toList();
        }
    }
}
