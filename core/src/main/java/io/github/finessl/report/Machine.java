package io.github.finessl.report;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The machine that a run took place on.
 *
 * @param cpu the processor's model
 * @param cores those that this process may use
 * @param memoryGiB of the whole machine
 */
public record Machine(String cpu, int cores, long memoryGiB) {

    /** The machine that this process runs on. */
    public static Machine here() {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new Machine(
                procField(Path.of("/proc/cpuinfo"), "model name").orElse(system.getArch()),
                Runtime.getRuntime().availableProcessors(),
                Math.round(system.getTotalMemorySize() / (double) (1L << 30)));
    }

    /** The machine in a line, for people. */
    public String text() {
        return cpu + ", " + cores + " cores, " + memoryGiB + " GiB";
    }

    /** The most memory that this process has held so far, native arrays included; 0 where the system does not tell. */
    public static long peakResidentBytes() {
        return procField(Path.of("/proc/self/status"), "VmHWM")
                .map(size -> Long.parseLong(size.replace("kB", "").strip()) * 1024)
                .orElse(0L);
    }

    /** The time that this process has taken of all cores so far. */
    public static Duration processorTime() {
        return Duration.ofNanos(
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime());
    }

    private static Optional<String> procField(Path file, String name) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty(); // Not Linux.
        }
    }
}
