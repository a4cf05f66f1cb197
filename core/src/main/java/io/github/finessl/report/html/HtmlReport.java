package io.github.finessl.report.html;

import com.samskivert.mustache.DefaultCollector;
import com.samskivert.mustache.Mustache;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.report.PseudoLabelled;
import io.github.finessl.report.Unreadable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Optional;

/** A writer of a run's report as one HTML file, which needs nothing beside it: no network, no script, no font. */
public final class HtmlReport {

    private HtmlReport() {}

    /**
     * Writes the report; the file appears complete or not at all.
     *
     * @param html where to; if {@value PseudoLabelled#FILE} or {@value Unreadable#FILE} lies in the same folder, the report
     *     points to it
     */
    public static void write(Path html, ReportContent content) throws IOException {
        Page page = Page.of(content, lies(PseudoLabelled.FILE, html), lies(Unreadable.FILE, html));
        try (Reader template = resource("report.html")) {
            String text = Mustache.compiler()
                    .withLoader(HtmlReport::resource)
                    .withCollector(new Optionals())
                    .emptyStringIsFalse(true)
                    .zeroIsFalse(true)
                    .compile(template)
                    .execute(page);
            AtomicFile.write(html, text);
        }
    }

    private static boolean lies(String file, Path beside) {
        return Files.exists(beside.resolveSibling(file));
    }

    /** A section of something optional stands where it is present. */
    private static final class Optionals extends DefaultCollector {
        @Override
        public Iterator<?> toIterator(Object value) {
            return value instanceof Optional<?> optional ? optional.stream().iterator() : super.toIterator(value);
        }
    }

    private static Reader resource(String name) {
        InputStream in = HtmlReport.class.getResourceAsStream(name + ".mustache");
        if (in == null) {
            throw new IllegalStateException("no template " + name + " in the jar");
        }
        return new InputStreamReader(in, StandardCharsets.UTF_8);
    }
}
