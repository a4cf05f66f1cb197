package io.github.finessl.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** A SHA-256 digest of bytes that come in parts. */
public final class Sha256 {

    private static final int BUFFER = 1 << 16;

    private final MessageDigest digest;

    public Sha256() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    /** The SHA-256 hash of bytes, in hexadecimal. */
    public static String hex(byte[] bytes) {
        return new Sha256().update(bytes).hex();
    }

    /** The SHA-256 hash of a file's bytes, in hexadecimal. */
    public static String hex(Path file) throws IOException {
        return hex(List.of(file));
    }

    /** The SHA-256 hash of the bytes of files, one after the other, in hexadecimal. */
    public static String hex(List<Path> files) throws IOException {
        Sha256 hash = new Sha256();
        for (Path file : files) {
            hash.update(file);
        }
        return hash.hex();
    }

    /** Adds bytes to the hash. */
    public Sha256 update(byte[] bytes) {
        digest.update(bytes);
        return this;
    }

    /** Adds the bytes that remain in a buffer, which has none afterwards, to the hash. */
    public Sha256 update(ByteBuffer bytes) {
        digest.update(bytes);
        return this;
    }

    /** Adds the bytes of a file to the hash. */
    public Sha256 update(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            var buffer = new byte[BUFFER];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return this;
    }

    /** The hash of all bytes so far, in hexadecimal; the next bytes begin another. */
    public String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
