package io.github.finessl.export;

import io.github.finessl.report.RunRecord;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where a model comes from; written into its file.
 *
 * @param tuning as {@code -Dtuning=} names it, settings included
 * @param method that taught it
 * @param steps of its training
 * @param data name of the data set
 * @param dataSha256 of the training part: its images and labels
 * @param commit of the code that trained it, where it is known
 * @param date when its training began
 */
public record Origin(
        String tuning,
        String method,
        long steps,
        long seed,
        String data,
        String dataSha256,
        Optional<String> commit,
        Instant date) {

    /** Of a run on record. */
    public static Origin of(String tuning, RunRecord record) {
        return new Origin(
                tuning,
                record.method(),
                record.steps(),
                record.seed(),
                record.data().name(),
                record.data().sha256(),
                record.versions().commit(),
                record.times().start());
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
        return entries;
    }
}
