package io.github.finessl.export;

import io.github.finessl.report.RunRecord;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The origin of a model, written into its file.
 *
 * @param tuning as {@code -Dtuning=} names it, settings included
 * @param method that taught it
 * @param steps of its training
 * @param data name of the data set
 * @param dataSha256 of the training part: its images and labels
 * @param commit of the code that trained it, where it is known
 * @param date when its training began
 * @param parent SHA-256 of the parameters of the model that it goes on from, where there is one
 */
public record Origin(
        String tuning,
        String method,
        long steps,
        long seed,
        String data,
        String dataSha256,
        Optional<String> commit,
        Instant date,
        Optional<String> parent) {

    /** Fills in what records of earlier versions lack as empty. */
    public Origin {
        parent = parent == null ? Optional.empty() : parent;
    }

    /** The origin of a model whose run is on record. */
    public static Origin of(String tuning, RunRecord record) {
        return of(tuning, record, Optional.empty());
    }

    /** The origin of a model whose run is on record, and which goes on from another. */
    public static Origin of(String tuning, RunRecord record, Optional<String> parent) {
        return new Origin(
                tuning,
                record.method(),
                record.steps(),
                record.seed(),
                record.data().name(),
                record.data().sha256(),
                record.versions().commit(),
                record.times().start(),
                parent);
    }

    Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        entries.put("tuning", tuning);
        entries.put("method", method);
        entries.put("steps", Long.toString(steps));
        entries.put("seed", Long.toString(seed));
        entries.put("data", data);
        entries.put("data.sha256", dataSha256);
        commit.ifPresent(text -> entries.put("commit", text));
        entries.put("date", date.toString());
        parent.ifPresent(hash -> entries.put("parent.sha256", hash));
        return entries;
    }
}
