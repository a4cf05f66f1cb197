package io.github.finessl.studio.folder;

import io.github.finessl.studio.folder.JournalEntry.By;
import io.github.finessl.studio.folder.JournalEntry.Change;
import io.github.finessl.studio.folder.JournalEntry.Withdrawal;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The changes of a journal that count: neither withdrawn nor undone, and undoing none. Not thread-safe.
 *
 * @param <C> their kind
 */
final class CountingChanges<C extends Change> {

    private final Class<C> kind;

    /** By operation, then by the path that the photo has since. */
    private final NavigableMap<Long, Map<String, C>> changes = new TreeMap<>();

    /** What was undone, by the key of the change that took it back. */
    private final Map<Object, C> undone = new HashMap<>();

    CountingChanges(Class<C> kind) {
        this.kind = kind;
    }

    /** Takes the journal's next entry. */
    void take(JournalEntry entry) {
        if (entry instanceof Withdrawal gone) {
            Optional.ofNullable(undone.remove(gone.key()))
                    .ifPresentOrElse(this::add, () -> remove(gone.operation(), gone.to()));
        } else if (entry instanceof Change change) {
            change.undoes()
                    .ifPresentOrElse(
                            operation ->
                                    remove(operation, change.from()).ifPresent(back -> undone.put(change.key(), back)),
                            () -> add(kind.cast(change)));
        }
    }

    private void add(C change) {
        changes.computeIfAbsent(change.operation(), operation -> new LinkedHashMap<>())
                .put(change.to(), change);
    }

    private Optional<C> remove(long operation, String path) {
        Map<String, C> some = changes.getOrDefault(operation, Map.of());
        if (!some.containsKey(path)) {
            return Optional.empty();
        }
        C removed = some.remove(path);
        if (some.isEmpty()) {
            changes.remove(operation);
        }
        return Optional.of(removed);
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    /** All of them, the oldest operation first. */
    List<C> all() {
        return changes.values().stream()
                .map(Map::values)
                .flatMap(Collection::stream)
                .toList();
    }

    /** The contents of photos that were labelled by agreeing to several suggestions at once. */
    Set<String> acceptedTogether() {
        return changes.values().stream()
                .filter(some -> some.size() > 1)
                .map(Map::values)
                .flatMap(Collection::stream)
                .filter(change -> change.by() == By.ACCEPTED)
                .map(Change::sha256)
                .collect(Collectors.toSet());
    }

    /** Those of the newest operation; empty where there is none. */
    List<C> newest() {
        return isEmpty()
                ? List.of()
                : List.copyOf(changes.lastEntry().getValue().values());
    }
}
