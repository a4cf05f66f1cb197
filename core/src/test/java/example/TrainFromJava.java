package example;

import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.report.Progress;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.ssl.FineSsl;
import io.github.finessl.tuning.Lora;
import java.io.IOException;
import java.nio.file.Path;

/** The README's lines. */
final class TrainFromJava {
    private TrainFromJava() {}

    public static void main(String[] arguments) throws IOException {
        Photos photos = Photos.labelled(Path.of("photos/labelled"))
                .unlabelled(Path.of("photos/unlabelled"))
                .testShare(0.2);
        FineTuner tuner = FineTuner.of(Path.of("encoder.onnx"))
                .method(FineSsl.paper().alpha(4)) // any method, your own class too
                .tuning(Lora.rank(8))
                .into(Path.of("my-model")) // the same call goes on with what was interrupted
                .listener(Progress.bar())
                .build(); // everything that can be checked is checked here
        try (FineSslModel model = tuner.fit(photos)) { // any number of threads may ask it
            System.out.println(model.evaluate(photos.test()).top1().orElseThrow());
            System.out.println(model.classify(Path.of("photo.jpg")).label());
        }
    }
}
