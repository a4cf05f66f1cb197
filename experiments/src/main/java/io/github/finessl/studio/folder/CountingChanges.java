package io.github.finessl.studio.folder;

import io.github.finessl.studio.folder.JournalEntry.Change;
import io.github.finessl.studio.folder.JournalEntry.Withdrawal;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The changes of a journal that count: neither withdrawn nor undone, and undoing none. Not thread-safe. */
final class CountingChanges {

    /** By operation, then by the path that the photo has since. */
    private final NavigableMap<Long, Map<String, Change>> changes = new TreeMap<>();

    /** What was undone, by the key of the change that took it back. */
    private final Map<Object, Change> undone = new HashMap<>();

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
                            () -> add(change));
        }
    }

    private void add(Change change) {
        changes.computeIfAbsent(change.operation(), operation -> new LinkedHashMap<>())
                .put(change.to(), change);
    }

    private Optional<Change> remove(long operation, String path) {
        Map<String, Change> some = changes.getOrDefault(operation, Map.of());
        if (!some.containsKey(path)) {
            return Optional.empty();
        }
        Change removed = some.remove(path);
        if (some.isEmpty()) {
            changes.remove(operation);
        }
        return Optional.of(removed);
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }

    /** All of them, the oldest operation first. */
    List<Change> all() {
        return changes.values().stream()
                .map(Map::values)
                .flatMap(Collection::stream)
                .toList();
    }

    /** Those of the newest operation; empty where there is none. */
    List<Change> newest() {
        return isEmpty()
                ? List.of()
                : List.copyOf(changes.lastEntry().getValue().values());
    }
}
