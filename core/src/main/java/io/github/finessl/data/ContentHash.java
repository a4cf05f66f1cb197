package io.github.finessl.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 over a data set: class names, then label and bytes of each image, every part preceded by its length. */
final class ContentHash {

    private final MessageDigest digest;

    ContentHash(List<String> classes) {
        digest = sha256();
        classes.forEach(name -> part(name.getBytes(StandardCharsets.UTF_8)));
    }

    /** SHA-256 of the bytes alone, in hexadecimal. */
    static String of(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    void image(int label, byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(label).array());
        part(bytes);
    }

    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    private void part(byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        digest.update(bytes);
    }
}
