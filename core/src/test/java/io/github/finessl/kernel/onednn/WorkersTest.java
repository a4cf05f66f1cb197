package io.github.finessl.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    private final PackedWeights weights = new PackedWeights();

    private Workers workers(int threads) {
        return new Workers(threads, () -> OneDnnTools.of(weights, false));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyTaskIsRunOnceAndToolsAreNeverShared(int threads) {
        try (Workers workers = workers(threads)) {
            for (int tasks : new int[] {1, 2, 3, 100}) {
                ConcurrentLinkedQueue<Integer> done = new ConcurrentLinkedQueue<>();
                Set<OneDnnTools> busy = ConcurrentHashMap.newKeySet();
                ConcurrentLinkedQueue<Integer> shared = new ConcurrentLinkedQueue<>();
                workers.run(tasks, (tools, task) -> {
                    if (!busy.add(tools)) {
                        shared.add(task);
                    }
                    done.add(task);
                    busy.remove(tools);
                });
                List<Integer> all = IntStream.range(0, tasks).boxed().toList();
                assertThat(done).containsExactlyInAnyOrderElementsOf(all);
                assertThat(shared).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void whatATaskThrowsReachesTheCaller(int threads) {
        try (Workers workers = workers(threads)) {
            assertThatThrownBy(() -> workers.run(10, (tools, task) -> {
                        if (task == 7) {
                            throw new IllegalStateException("task 7");
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("task 7");
            ConcurrentLinkedQueue<Integer> done = new ConcurrentLinkedQueue<>();
            workers.run(4, (tools, task) -> done.add(task));
            assertThat(done).hasSize(4);
        }
    }
}
