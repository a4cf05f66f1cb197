package io.github.finessl.data;

import io.github.finessl.augment.RgbImage;
import io.github.finessl.io.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Large photos as they were decoded at a fraction of their size, so that none is decoded twice. Kept on disk by the hash of the
 * photo's file, in {@code photos/} of the {@link CacheFolder}, a file for each: its {@link Header}, then red, green and blue of
 * all pixels. The folder may be deleted at any time. It grows to about {@value #MOST_GIGABYTES} GB, or a quarter of what is free
 * on the disk; the next process that keeps a photo then deletes the older half. Safe for several threads and processes.
 */
final class PhotoCache {
    private static final Logger LOG = LoggerFactory.getLogger(PhotoCache.class);
    private static final int MOST_GIGABYTES = 4;
    private static final int FORM = 0x46535031;

    private PhotoCache() {}

    /** The start of a file: 24 bytes, big-endian. */
    private record Header(int shortSide, int factor, int width, int height, int checksum) {
        static final int BYTES = 24;

        static Header of(ShrunkImage shrunk) {
            RgbImage image = shrunk.image();
            Header header = new Header(shrunk.shortSide(), shrunk.factor(), image.width(), image.height(), 0);
            return new Header(
                    header.shortSide, header.factor, header.width, header.height, header.checksumOf(image.rgb()));
        }

        /** Of the numbers before it and of the pixels. */
        private int checksumOf(byte[] rgb) {
            CRC32C sum = new CRC32C();
            sum.update(bytes().limit(BYTES - Integer.BYTES));
            sum.update(rgb);
            return (int) sum.getValue();
        }

        /** The header at the start of a file; nothing where the file is of another form. */
        static Optional<Header> read(InputStream file) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(file.readNBytes(BYTES));
            return bytes.remaining() < BYTES || bytes.getInt() != FORM
                    ? Optional.empty()
                    : Optional.of(
                            new Header(bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt(), bytes.getInt()));
        }

        boolean isOf(int reduction) {
            return factor == reduction && Math.min(width, height) == (shortSide + factor - 1) / factor;
        }

        boolean isOf(byte[] rgb) {
            return rgb.length == 3L * width * height && checksum == checksumOf(rgb);
        }

        ByteBuffer bytes() {
            return ByteBuffer.allocate(BYTES)
                    .putInt(FORM)
                    .putInt(shortSide)
                    .putInt(factor)
                    .putInt(width)
                    .putInt(height)
                    .putInt(checksum)
                    .flip();
        }
    }

    /** Holds how many bytes may be added, once it is asked for. */
    private static final class Room {
        static final AtomicLong LEFT = new AtomicLong(left());
    }

    /** A photo decoded as far as a short side of so many pixels wants it, if it is kept so. */
    static Optional<RgbImage> get(String sha256, int wanted) {
        return IntStream.of(8, 4, 2)
                .mapToObj(factor -> read(sha256, factor, wanted))
                .flatMap(Optional::stream)
                .findFirst();
    }

    /** Keeps a photo, if it is reduced and there is room. */
    static void put(String sha256, ShrunkImage shrunk) {
        byte[] rgb = shrunk.image().rgb();
        Path file = file(sha256, shrunk.factor());
        if (shrunk.factor() == 1 || Files.exists(file)) {
            return;
        } else if (Room.LEFT.addAndGet(-rgb.length) < 0) {
            Room.LEFT.addAndGet(rgb.length);
            return;
        }
        try {
            Files.createDirectories(file.getParent());
            Path beside = Files.createTempFile(file.getParent(), "", ".part");
            try {
                Files.write(
                        beside,
                        ByteBuffer.allocate(Header.BYTES + rgb.length)
                                .put(Header.of(shrunk).bytes())
                                .put(rgb)
                                .array());
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            Room.LEFT.addAndGet(rgb.length);
            LOG.debug("{} cannot be written; the photo will be decoded again", file, e);
        }
    }

    private static Path folder() {
        return CacheFolder.file("photos");
    }

    private static Path file(String sha256, int factor) {
        return folder().resolve(sha256.substring(0, 2)).resolve(sha256 + "-" + factor + ".rgb");
    }

    /** Nothing where it is not kept, or another reduction is wanted, or it is damaged: then it is no longer kept. */
    private static Optional<RgbImage> read(String sha256, int factor, int wanted) {
        Path file = file(sha256, factor);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            Optional<Header> header = Header.read(in).filter(each -> each.isOf(factor));
            if (header.isPresent() && ShrunkImage.factor(header.get().shortSide(), wanted) != factor) {
                return Optional.empty();
            }
            byte[] rgb = in.readAllBytes();
            Optional<Header> whole = header.filter(each -> each.isOf(rgb));
            if (whole.isEmpty()) {
                Files.deleteIfExists(file);
            }
            return whole.map(each -> new RgbImage(each.width(), each.height(), rgb));
        } catch (IOException e) {
            LOG.debug("{} cannot be read; the photo is decoded again", file, e);
            return Optional.empty();
        }
    }

    /** A file of the folder. */
    private record Kept(Path file, long bytes, long written) {}

    /** The bytes that may be added, after room was made. */
    private static long left() {
        try {
            Files.createDirectories(folder());
            long most = Math.min(
                    (long) MOST_GIGABYTES << 30, Files.getFileStore(folder()).getUsableSpace() / 4);
            List<Kept> all = new ArrayList<>(kept());
            long bytes = all.stream().mapToLong(Kept::bytes).sum();
            if (bytes < most * 9 / 10) {
                return most - bytes;
            }
            all.sort(Comparator.comparing(Kept::written));
            for (Kept each : all) {
                if (bytes <= most / 2) {
                    break;
                }
                Files.deleteIfExists(each.file());
                bytes -= each.bytes();
            }
            return most - bytes;
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("{} cannot be used; photos are decoded again each time", folder(), e);
            return 0;
        }
    }

    private static List<Kept> kept() throws IOException {
        try (Stream<Path> files = Files.walk(folder())) {
            return files.filter(Files::isRegularFile)
                    .map(file ->
                            new Kept(file, file.toFile().length(), file.toFile().lastModified()))
                    .toList();
        }
    }
}
