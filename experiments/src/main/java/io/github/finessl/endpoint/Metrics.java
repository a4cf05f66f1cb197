package io.github.finessl.endpoint;

import io.javalin.http.Context;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.IntSupplier;

/** What an endpoint counts, in Prometheus' text format. */
final class Metrics {

    private static final double[] SECONDS = {.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
    private static final double[] PHOTOS = {1, 2, 4, 8, 16};

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter format =
            PrometheusTextFormatWriter.builder().build();

    private final Counter requests = Counter.builder()
            .name("finessl_requests_total")
            .help("Requests by path and status.")
            .labelNames("path", "status")
            .register(registry);
    private final Histogram seconds = Histogram.builder()
            .name("finessl_request_seconds")
            .help("Time from a request to its answer.")
            .labelNames("path")
            .classicOnly()
            .classicUpperBounds(SECONDS)
            .register(registry);
    private final Counter photos = Counter.builder()
            .name("finessl_photos_total")
            .help("Photos by what was answered: class, none, unsure or unreadable.")
            .labelNames("answer")
            .register(registry);
    private final Histogram batches = Histogram.builder()
            .name("finessl_batch_photos")
            .help("Photos that the model computed at a time.")
            .classicOnly()
            .classicUpperBounds(PHOTOS)
            .register(registry);

    Metrics() {
        JvmMemoryMetrics.builder().register(registry);
    }

    /** Shows how many photos wait for their answers. */
    void showWaiting(IntSupplier waiting) {
        GaugeWithCallback.builder()
                .name("finessl_waiting_photos")
                .help("Photos that wait for their answers.")
                .callback(value -> value.call(waiting.getAsInt()))
                .register(registry);
    }

    void request(String path, int status, double took) {
        requests.labelValues(path, Integer.toString(status)).inc();
        seconds.labelValues(path).observe(took);
    }

    void answered(Answer answer) {
        photos.labelValues(answer.decision()).inc();
    }

    void unreadable() {
        photos.labelValues("unreadable").inc();
    }

    void batch(int size) {
        batches.observe(size);
    }

    /** Answers with all of it. */
    void answer(Context request) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            format.write(text, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("it is in memory", e);
        }
        request.contentType(format.getContentType()).result(text.toByteArray());
    }
}
