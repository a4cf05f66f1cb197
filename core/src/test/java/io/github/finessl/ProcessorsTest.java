package io.github.finessl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;
import static org.junit.platform.launcher.TagFilter.excludeTags;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * All kernel and golden tests on the processors that oneDNN can take this one for, each in a JVM of its own: oneDNN looks
 * when it starts.
 */
class ProcessorsTest {

    /** What oneDNN is told, and what it then says that it uses. */
    enum Processor {
        SSE41(dnnl.dnnl_cpu_isa_sse41),
        AVX(dnnl.dnnl_cpu_isa_avx),
        AVX2(dnnl.dnnl_cpu_isa_avx2),
        AVX512_CORE(dnnl.dnnl_cpu_isa_avx512_core),
        AVX512_CORE_BF16(dnnl.dnnl_cpu_isa_avx512_core_bf16);

        private final int isa;

        Processor(int isa) {
            this.isa = isa;
        }

        boolean isHere() {
            return (dnnl.dnnl_get_effective_cpu_isa() & isa) == isa;
        }
    }

    @TempDir
    Path directory;

    /** Most laptops and many servers. */
    @Test
    void withoutAvx512() throws IOException, InterruptedException {
        passes(Processor.AVX2);
    }

    @Tag("isa")
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AVX2")
    void passes(Processor processor) throws IOException, InterruptedException {
        assumeTrue(processor.isHere(), "this processor has no " + processor);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", classPath(), ProcessorsTest.class.getName(), processor.name()));
        Path printed = directory.resolve("printed");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        builder.environment().put("DNNL_MAX_CPU_ISA", processor.name());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(20, TimeUnit.MINUTES))
                    .as("it ended within 20 minutes")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(printed);
        System.out.println(processor + text.substring(Math.max(0, text.lastIndexOf("\nTest run finished"))));
        assertThat(process.exitValue()).as(text).isZero();
    }

    /** Surefire's own is a jar that names the others. */
    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** Runs the tests on the processor of this name; the exit code is 0 if there were some and all passed. */
    public static void main(String[] arguments) {
        Processor processor = Processor.valueOf(arguments[0]);
        if (dnnl.dnnl_get_effective_cpu_isa() != processor.isa) {
            System.err.printf("oneDNN does not take this processor for one with %s%n", processor);
            System.exit(2);
        }
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectPackage("io.github.finessl"))
                                .filters(
                                        includeClassNamePatterns(".*\\.kernel\\.\\w+Test", ".*\\.Golden\\w+Test"),
                                        excludeTags("slow"))
                                .build(),
                        listener);
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        listener.getSummary().printFailuresTo(out);
        listener.getSummary().printTo(out);
        System.exit(
                listener.getSummary().getTestsSucceededCount() > 0
                                && listener.getSummary().getTotalFailureCount() == 0
                        ? 0
                        : 1);
    }
}
