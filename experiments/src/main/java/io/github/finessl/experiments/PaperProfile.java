package io.github.finessl.experiments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the tables' two profiles set, and what the paper's needs. */
final class PaperProfile {
    private static final String CLIP = "data/clip-vit-b-16.onnx";

    private PaperProfile() {}

    /** Defaults of a table: the paper's setting, or one for ViT-Ti/16 and the mini sets that takes minutes a run. */
    static Map<String, String> defaults(Profile profile) {
        return switch (profile) {
            case PAPER -> Map.of("encoder", CLIP, "seeds", "1,2,3");
            case QUICK ->
                Map.of(
                        "resolution",
                        "128",
                        "batch",
                        "16",
                        "steps",
                        "150",
                        "promptStart",
                        "tokens",
                        "headStart",
                        "means",
                        "precision",
                        "f32");
        };
    }

    /**
     * Checks for the encoder before anything else is done.
     *
     * @throws IOException saying how to get it
     */
    static void requireEncoder(Options options) throws IOException {
        Path encoder = options.get(Option.ENCODER);
        if (options.get(Option.PROFILE) == Profile.PAPER && !Files.exists(encoder)) {
            throw new IOException("The profile paper needs CLIP ViT-B/16 as " + encoder
                    + ", which is not there: data/README.md says how to export it; -Dencoder= names another file.");
        }
    }
}
