package io.github.finessl.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A project of its own that depends on the library as Maven has it. */
@Tag("consumer")
class ConsumerTest {
    private static final Path PROJECT =
            Path.of("experiments/src/test/resources/consumer").toAbsolutePath();
    private static final Path ENCODER =
            Path.of("core/src/test/resources/onnx/timm_vit_op17.onnx").toAbsolutePath();

    private static final String CLASS_PATH = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath";

    @TempDir
    Path directory;

    @Test
    void aProjectThatDependsOnItTrainsAndIsForcedToNoLoggingBackend() throws Exception {
        Path clone = directory.resolve("clone");
        run(Path.of(""), "git", "clone", "-q", Path.of("").toAbsolutePath().toString(), clone.toString());
        Path repository = repository();
        String platform = platform();
        String version = Files.readString(clone.resolve("pom.xml"))
                .replaceFirst("(?s).*?<artifactId>finessl</artifactId>\\s*<version>(.*?)</version>.*", "$1");
        run(
                clone,
                "mvn",
                "-B",
                "-q",
                "-Prelease",
                "install",
                CLASS_PATH,
                "-DincludeScope=runtime",
                "-Dmdep.outputFile=target/dependencies",
                "-DskipTests",
                "-Dmaven.javadoc.skip=true",
                "-pl",
                "core",
                "-am",
                "-Dmaven.repo.local=" + repository);
        assertThat(repository.resolve(
                        "io/github/finessl/finessl-core/" + version + "/finessl-core-" + version + ".pom"))
                .content()
                .doesNotContain("${", "SNAPSHOT", "<parent>");
        Path consumer = directory.resolve("consumer");
        Files.createDirectories(consumer.resolve("src/main/java"));
        for (String file : new String[] {"pom.xml", "src/main/java/Consumer.java"}) {
            Files.copy(PROJECT.resolve(file), consumer.resolve(file));
        }
        run(
                consumer,
                "mvn",
                "-B",
                "-q",
                "compile",
                CLASS_PATH,
                "-Dmdep.outputFile=classpath",
                "-Dfinessl.version=" + version,
                "-Djavacpp.platform=" + platform,
                "-Dmaven.repo.local=" + repository);
        String classPath = Files.readString(consumer.resolve("classpath"));
        assertThat(classPath).contains(platform).doesNotContain("logback", "slf4j-simple", "log4j");
        assertThat(classPath)
                .doesNotContain(Stream.of("linux-x86_64", "linux-arm64", "macosx-x86_64", "windows-x86_64")
                        .filter(other -> !other.equals(platform))
                        .toList());
        assertThat(jars(classPath))
                .as("the versions that core is tested with")
                .contains("finessl-core-" + version + ".jar")
                .containsAll(jars(Files.readString(clone.resolve("core/target/dependencies"))));
        String said = run(
                consumer,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                "target/classes" + File.pathSeparator + classPath,
                "Consumer",
                ENCODER.toString());
        assertThat(said).contains("It is red");
    }

    private static List<String> jars(String classPath) {
        return Stream.of(classPath.strip().split(File.pathSeparator))
                .map(jar -> Path.of(jar).getFileName().toString())
                .toList();
    }

    private static String platform() throws IOException {
        return Files.readString(Path.of(".mvn/maven.config")).strip().replaceFirst(".*=", "");
    }

    /** A local repository of its own, in which all but this project is what the user's has. */
    private Path repository() throws IOException {
        Path repository = Files.createDirectories(directory.resolve("repository"));
        Path users = Path.of(System.getProperty("user.home"), ".m2", "repository");
        link(users, repository, "io");
        link(users.resolve("io"), Files.createDirectories(repository.resolve("io")), "github");
        link(users.resolve("io/github"), Files.createDirectories(repository.resolve("io/github")), "finessl");
        return repository;
    }

    private static void link(Path from, Path to, String except) throws IOException {
        if (Files.isDirectory(from)) {
            try (Stream<Path> children = Files.list(from)) {
                for (Path child : children.toList()) {
                    if (!child.getFileName().toString().equals(except)) {
                        Files.createSymbolicLink(to.resolve(child.getFileName()), child);
                    }
                }
            }
        }
    }

    private static String run(Path folder, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toAbsolutePath().toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + ":\n" + said)
                .isZero();
        return said;
    }
}
