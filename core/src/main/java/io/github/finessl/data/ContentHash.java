package io.github.finessl.data;

import io.github.finessl.io.Sha256;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** SHA-256 over a data set: class names, then label and bytes of each image, every part preceded by its length. */
final class ContentHash {

    private final Sha256 digest = new Sha256();

    ContentHash(List<String> classes) {
        classes.forEach(name -> part(name.getBytes(StandardCharsets.UTF_8)));
    }

    void image(int label, byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(label).array());
        part(bytes);
    }

    String hex() {
        return digest.hex();
    }

    private void part(byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }
}
