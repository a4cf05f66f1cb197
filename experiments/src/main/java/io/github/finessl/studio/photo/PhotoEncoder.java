package io.github.finessl.studio.photo;

import io.github.finessl.PhotoFeatures;
import java.util.List;
import java.util.Optional;

/** What makes features of photos; the worker of {@link Preparation} alone uses it. */
public interface PhotoEncoder extends AutoCloseable {

    /** The pixels of a photo's short side that its features are made of. */
    int shortSide();

    /** The features of a photo that are known already, by the SHA-256 of its file. */
    Optional<float[]> known(String sha256);

    /** Computes the features of photos, which are known from then on. */
    void add(List<PhotoFeatures.Decoded> photos);

    /** Saves the features that are not on disk yet. */
    void save();

    @Override
    void close();

    /** An encoder whose features are kept on disk. */
    static PhotoEncoder of(PhotoFeatures features) {
        return new PhotoEncoder() {
            @Override
            public int shortSide() {
                return features.shortSide();
            }

            @Override
            public Optional<float[]> known(String sha256) {
                return features.known(sha256);
            }

            @Override
            public void add(List<PhotoFeatures.Decoded> photos) {
                features.add(photos);
            }

            @Override
            public void save() {
                features.save();
            }

            @Override
            public void close() {
                features.close();
            }
        };
    }
}
