package io.github.finessl.studio.photo;

import io.github.finessl.studio.folder.PhotoFolder.Found;
import io.github.finessl.studio.folder.Place;
import java.util.Optional;

/**
 * A photo as the studio knows it.
 *
 * @param id by which browsers ask for it; it stays while the photo moves, and is another after a restart and for a changed file
 * @param file as it was found last
 * @param place that its path says
 * @param content what is known of the file's content
 */
public record StudioPhoto(String id, Found file, Place place, Content content) {

    /** The knowledge about a file's content. */
    public sealed interface Content {

        /** A file that nobody has looked into yet. */
        record Unknown() implements Content {}

        /**
         * A file that is a photo.
         *
         * @param sha256 of the file, in hexadecimal
         * @param width in pixels, upright, as it is decoded
         */
        record Decodable(String sha256, int width, int height) implements Content {}

        /**
         * A file that cannot be decoded.
         *
         * @param reason to complete the sentence "the file ...", or a sentence
         */
        record Unreadable(String reason) implements Content {}

        /** {@link Unknown}. */
        Content UNKNOWN = new Unknown();
    }

    /** The path relative to the folder, with slashes. */
    public String path() {
        return file.path();
    }

    /** The file's name, for people. */
    public String name() {
        return path().substring(path().lastIndexOf('/') + 1);
    }

    /** SHA-256 of the file, once it is known to be a photo. */
    public Optional<String> sha256() {
        return content instanceof Content.Decodable known ? Optional.of(known.sha256()) : Optional.empty();
    }

    /** Whether the file is known not to be a photo. */
    public boolean isUnreadable() {
        return content instanceof Content.Unreadable;
    }

    /** The class that the photo is labelled with, or tests. */
    public Optional<String> className() {
        if (place instanceof Place.Labelled of) {
            return Optional.of(of.className());
        }
        return place instanceof Place.Test of ? Optional.of(of.className()) : Optional.empty();
    }

    /** Whether the photo waits for a label. */
    public boolean isOpen() {
        return place.equals(Place.UNLABELLED) && !isUnreadable();
    }

    StudioPhoto with(Content known) {
        return new StudioPhoto(id, file, place, known);
    }

    StudioPhoto at(Found found, Place there) {
        return new StudioPhoto(id, found, there, content);
    }
}
