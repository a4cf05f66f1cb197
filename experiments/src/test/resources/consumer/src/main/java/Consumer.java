import io.github.finessl.FineTuner;
import io.github.finessl.Photos;
import io.github.finessl.serve.FineSslModel;
import io.github.finessl.tuning.Lora;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

public class Consumer {
    static BufferedImage all(int rgb) {
        BufferedImage picture = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(0, 0, 32, 32, Collections.nCopies(1024, rgb).stream().mapToInt(i -> i).toArray(), 0, 32);
        return picture;
    }

    public static void main(String[] arguments) throws Exception {
        Photos photos = Photos.inMemory(
                Map.of("red", List.of(all(0xd02010)), "blue", List.of(all(0x1020d0))),
                List.of(all(0xc01010), all(0x1010c0), all(0xb02020), all(0x2020b0)));
        FineTuner tuner = FineTuner.of(Path.of(arguments[0])).tuning(Lora.rank(2)).steps(3).into(Path.of("model")).build();
        try (FineSslModel model = tuner.fit(photos)) {
            System.out.println("It is " + model.classify(all(0xe01818)).label());
        }
    }
}
