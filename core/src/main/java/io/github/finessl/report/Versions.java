package io.github.finessl.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The versions of the software that a run was computed with.
 *
 * @param commit of the clone, with "+changes" where files other than results differ from it; empty outside of a clone and its distribution
 * @param backend ND4J's
 */
public record Versions(Optional<String> commit, String java, String os, String nd4j, String backend, String onednn) {

    private static final String CHANGES = "+changes";

    /** Tables are rewritten by the very runs that say which code they are of. */
    private static final String RESULTS = ":(exclude)results";

    /** The property by which a distribution names the commit that it was built from; empty where that is not known. */
    private static final String COMMIT = "finessl.commit";

    /** The versions in this process, which runs in the clone. */
    public static Versions here() {
        return here(Path.of(""));
    }

    /** The versions in this process, whose code was built from the clone in {@code root}. */
    public static Versions here(Path root) {
        return new Versions(
                Optional.ofNullable(System.getProperty(COMMIT))
                        .map(commit -> Optional.of(commit).filter(known -> !known.isEmpty()))
                        .orElseGet(() -> commit(root.toAbsolutePath())),
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                version("org.nd4j/nd4j-api"),
                Nd4j.getBackend().getClass().getSimpleName(),
                version("org.bytedeco/dnnl"));
    }

    /** Whether files differed from the commit. */
    boolean hasChanges() {
        return commit.map(name -> name.endsWith(CHANGES)).orElse(false);
    }

    /** The version of an artifact as Maven noted it in its jar. */
    private static String version(String artifact) {
        Properties properties = new Properties();
        try (InputStream in = Versions.class.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(artifact + ": its jar cannot be read", e);
        }
        return properties.getProperty("version", "unknown");
    }

    static Optional<String> commit(Path root) {
        return git(root, "rev-parse", "--short=12", "HEAD")
                .map(commit -> git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", RESULTS)
                        .filter(changes -> !changes.isEmpty())
                        .map(changes -> commit + CHANGES)
                        .orElse(commit));
    }

    private static Optional<String> git(Path root, String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "git";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process git = new ProcessBuilder(command)
                    .directory(root.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor() == 0 ? Optional.of(answer) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // No git.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
