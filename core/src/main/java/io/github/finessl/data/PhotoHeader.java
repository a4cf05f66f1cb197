package io.github.finessl.data;

import com.drew.imaging.FileType;
import com.drew.imaging.FileTypeDetector;
import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.png.PngChunk;
import com.drew.imaging.png.PngChunkReader;
import com.drew.imaging.png.PngChunkType;
import com.drew.imaging.png.PngHeader;
import com.drew.lang.ByteArrayReader;
import com.drew.lang.SequentialByteArrayReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.bmp.BmpHeaderDirectory;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import com.drew.metadata.webp.WebpDirectory;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a photo's file says of it before its pixels.
 *
 * @param width in pixels, as stored: not yet upright
 * @param orientation how to turn it, 1 to 8 as in EXIF; 1 is upright
 */
record PhotoHeader(Kind kind, long width, long height, int orientation) {

    /** Files that can be decoded. */
    enum Kind {
        JPEG,
        /** Whose coefficients are all held before its first pixel is known. */
        PROGRESSIVE_JPEG,
        PNG,
        WEBP,
        GIF,
        BMP,
        TIFF,
        PNM;

        /** Whether the file is read at a fraction of its size from the start. */
        boolean comesReduced() {
            return this == JPEG || this == PROGRESSIVE_JPEG || this == GIF;
        }
    }

    private static final int HEAD = 512;
    private static final int UPRIGHT = 1;
    private static final int PROGRESSIVE = 2;
    private static final Pattern PNM =
            Pattern.compile("P[1-6](?:\\s+|#[^\\n]*\\n)+(\\d{1,9})(?:\\s+|#[^\\n]*\\n)+(\\d{1,9})\\s");

    static PhotoHeader of(byte[] bytes) throws PhotoDecoder.Undecodable {
        if (bytes.length == 0) {
            throw new PhotoDecoder.Undecodable("is empty");
        }
        try {
            FileType type = FileTypeDetector.detectFileType(new ByteArrayInputStream(bytes));
            return switch (type) {
                case Jpeg -> jpeg(bytes);
                case Png -> png(bytes);
                case WebP -> webp(metadata(bytes, type));
                case Gif -> GifFrame.header(bytes);
                case Bmp -> bmp(metadata(bytes, type));
                case Tiff, Arw -> // a plain TIFF may begin like a raw photo of Sony's
                    tiff(metadata(bytes, type));
                default -> pnm(bytes);
            };
        } catch (IOException | ImageProcessingException e) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED, e);
        }
    }

    private static Metadata metadata(byte[] bytes, FileType type) throws IOException, ImageProcessingException {
        return ImageMetadataReader.readMetadata(new ByteArrayInputStream(bytes), bytes.length, type);
    }

    private static PhotoHeader jpeg(byte[] bytes)
            throws IOException, ImageProcessingException, PhotoDecoder.Undecodable {
        if (Jpeg.isTruncated(bytes)) {
            throw new PhotoDecoder.Undecodable("ends before its image does");
        }
        Metadata metadata = JpegMetadataReader.readMetadata(
                new ByteArrayInputStream(bytes), List.of(new JpegReader(), new ExifReader()));
        Directory frame = directory(metadata, JpegDirectory.class);
        Integer compression = frame.getInteger(JpegDirectory.TAG_COMPRESSION_TYPE);
        return new PhotoHeader(
                compression != null && compression == PROGRESSIVE ? Kind.PROGRESSIVE_JPEG : Kind.JPEG,
                size(frame, JpegDirectory.TAG_IMAGE_WIDTH),
                size(frame, JpegDirectory.TAG_IMAGE_HEIGHT),
                orientation(metadata));
    }

    /** Of two chunks alone: others may be compressed text that unpacks to gigabytes. */
    private static PhotoHeader png(byte[] bytes)
            throws IOException, ImageProcessingException, PhotoDecoder.Undecodable {
        Metadata metadata = new Metadata();
        PngHeader header = null;
        for (PngChunk chunk : new PngChunkReader()
                .extract(new SequentialByteArrayReader(bytes), Set.of(PngChunkType.IHDR, PngChunkType.eXIf))) {
            if (chunk.getType().equals(PngChunkType.IHDR)) {
                header = new PngHeader(chunk.getBytes());
            } else {
                new ExifReader().extract(new ByteArrayReader(chunk.getBytes()), metadata);
            }
        }
        if (header == null) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return new PhotoHeader(Kind.PNG, header.getImageWidth(), header.getImageHeight(), orientation(metadata));
    }

    private static PhotoHeader webp(Metadata metadata) throws PhotoDecoder.Undecodable {
        WebpDirectory frame = directory(metadata, WebpDirectory.class);
        if (Boolean.TRUE.equals(frame.getBooleanObject(WebpDirectory.TAG_IS_ANIMATION))) {
            throw new PhotoDecoder.Undecodable(
                    "is an animated WebP, which cannot be decoded here: save one of its pictures as JPEG or PNG");
        }
        return new PhotoHeader(
                Kind.WEBP,
                size(frame, WebpDirectory.TAG_IMAGE_WIDTH),
                size(frame, WebpDirectory.TAG_IMAGE_HEIGHT),
                orientation(metadata));
    }

    private static PhotoHeader bmp(Metadata metadata) throws PhotoDecoder.Undecodable {
        Directory header = directory(metadata, BmpHeaderDirectory.class);
        return new PhotoHeader(
                Kind.BMP,
                size(header, BmpHeaderDirectory.TAG_IMAGE_WIDTH),
                size(header, BmpHeaderDirectory.TAG_IMAGE_HEIGHT),
                UPRIGHT);
    }

    /** OpenCV turns TIFF upright by itself. */
    private static PhotoHeader tiff(Metadata metadata) throws PhotoDecoder.Undecodable {
        Directory tags = directory(metadata, ExifIFD0Directory.class);
        return new PhotoHeader(
                Kind.TIFF,
                size(tags, ExifIFD0Directory.TAG_IMAGE_WIDTH),
                size(tags, ExifIFD0Directory.TAG_IMAGE_HEIGHT),
                UPRIGHT);
    }

    private static PhotoHeader pnm(byte[] bytes) throws PhotoDecoder.Undecodable {
        String head = new String(bytes, 0, Math.min(bytes.length, HEAD), StandardCharsets.ISO_8859_1);
        Matcher sizes = PNM.matcher(head);
        if (!sizes.lookingAt()) {
            throw new PhotoDecoder.Undecodable(otherwise(head));
        }
        return new PhotoHeader(Kind.PNM, Long.parseLong(sizes.group(1)), Long.parseLong(sizes.group(2)), UPRIGHT);
    }

    private static String otherwise(String head) {
        if (head.length() < 12 || !head.startsWith("ftyp", 4)) {
            return "is neither JPEG, PNG, WebP, GIF, BMP, TIFF nor PNM";
        }
        String brand = head.substring(8, 12);
        String kind = brand.startsWith("avi")
                ? "an AVIF image"
                : brand.matches("he[iv].|m[is]f1") ? "a HEIC photo" : "a video or the like";
        return "is %s, which cannot be decoded here: save it as JPEG".formatted(kind);
    }

    private static <T extends Directory> T directory(Metadata metadata, Class<T> type) throws PhotoDecoder.Undecodable {
        T found = metadata.getFirstDirectoryOfType(type);
        if (found == null) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return found;
    }

    private static long size(Directory directory, int tag) throws PhotoDecoder.Undecodable {
        Long found = directory.getLongObject(tag);
        if (found == null || found == 0) {
            throw new PhotoDecoder.Undecodable(PhotoDecoder.DAMAGED);
        }
        return Math.abs(found); // a BMP from the top down has a negative height
    }

    private static int orientation(Metadata metadata) {
        Directory exif = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
        Integer found = exif == null ? null : exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
        return found == null || found < 1 || found > 8 ? UPRIGHT : found;
    }
}
