package io.github.finessl.train;

import io.github.finessl.augment.Augmentation;
import io.github.finessl.data.Dataset;
import io.github.finessl.encoder.Encoder;
import io.github.finessl.io.AtomicFile;
import io.github.finessl.io.CacheFolder;
import io.github.finessl.io.Sha256;
import io.github.finessl.kernel.Kernels;
import io.github.finessl.model.FrozenEncoder;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bank of a frozen encoder's features f(x) of images as they are, without augmentation. What it has computed it keeps on
 * disk by the images' content, so that neither a second run nor one that was killed computes it again.
 *
 * <p>An image always has the same features, bit for bit, whatever images it is asked for with: the encoder gets batches of
 * one size. The file is {@code features-<hash>.bin} in the {@link CacheFolder}, the hash being that of encoder, resolution,
 * normalisation and arithmetic. Not thread-safe.
 */
public final class FeatureBank implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FeatureBank.class);
    private static final String FORM = "finessl features 1";
    private static final int BATCH = 32;
    private static final int SAVE_EVERY = 64 * BATCH;

    private final Encoder encoder;
    private final Augmentation view;
    private final Kernels kernels;
    private final String identity;
    private final Path file;
    private final Map<String, float[]> known = new LinkedHashMap<>();
    private int unsaved;
    private FrozenEncoder frozen;
    private INDArray images;

    /** How far the bank has come. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called after each batch.
         *
         * @param done images whose features are known
         * @param all images that were asked for
         */
        void at(int done, int all);
    }

    /** Opens the bank of an encoder; the kernels are the caller's to close. */
    public FeatureBank(Encoder encoder, Augmentation view, Kernels kernels) {
        this.encoder = encoder;
        this.view = view;
        this.kernels = kernels;
        this.identity = String.join(
                " ",
                FORM,
                encoder.sha256(),
                Integer.toString(view.resolution()),
                Arrays.toString(view.normalisation().mean()),
                Arrays.toString(view.normalisation().std()),
                kernels.name());
        this.file = CacheFolder.file("features-"
                + Sha256.hex(identity.getBytes(StandardCharsets.UTF_8)).substring(0, 16) + ".bin");
        known.putAll(saved());
    }

    /**
     * The features f(x) of some images of a data set, in the order of the indices [n, D].
     *
     * @param stop asked before each batch
     * @throws CancellationException if it was stopped, after what was computed so far was saved
     */
    public float[][] features(Dataset dataset, int[] indices, Progress progress, BooleanSupplier stop) {
        String[] keys =
                IntStream.of(indices).parallel().mapToObj(dataset::pixelsSha256).toArray(String[]::new);
        Map<String, Integer> missing = new LinkedHashMap<>();
        for (int i = 0; i < indices.length; i++) {
            if (!known.containsKey(keys[i])) {
                missing.putIfAbsent(keys[i], indices[i]);
            }
        }
        String[] missingKeys = missing.keySet().toArray(String[]::new);
        int[] missingIndices =
                missing.values().stream().mapToInt(Integer::intValue).toArray();
        for (int start = 0; start < missingIndices.length; start += BATCH) {
            if (stop.getAsBoolean()) {
                save();
                throw new CancellationException("Stopped while features were being computed");
            }
            int end = Math.min(start + BATCH, missingIndices.length);
            float[][] features = computed(dataset, Arrays.copyOfRange(missingIndices, start, end));
            for (int i = start; i < end; i++) {
                known.put(missingKeys[i], features[i - start]);
            }
            unsaved += end - start;
            if (isManyUnsaved()) {
                save();
            }
            progress.at(indices.length - missingIndices.length + end, indices.length);
        }
        save();
        return Arrays.stream(keys).map(known::get).toArray(float[][]::new);
    }

    /**
     * The features of an image that the bank has.
     *
     * @param pixels the image's {@link Dataset#pixelsSha256}
     */
    public Optional<float[]> known(String pixels) {
        return Optional.ofNullable(known.get(pixels));
    }

    /**
     * Computes the features of all images of a data set that the bank does not have. They are saved with others, after some
     * thousand images and when the bank is closed.
     */
    public void add(Dataset dataset) {
        int[] missing = IntStream.range(0, dataset.size())
                .filter(i -> !known.containsKey(dataset.pixelsSha256(i)))
                .toArray();
        for (int start = 0; start < missing.length; start += BATCH) {
            int[] some = Arrays.copyOfRange(missing, start, Math.min(start + BATCH, missing.length));
            float[][] features = computed(dataset, some);
            for (int i = 0; i < some.length; i++) {
                known.put(dataset.pixelsSha256(some[i]), features[i]);
            }
            unsaved += some.length;
        }
        if (isManyUnsaved()) {
            save();
        }
    }

    /** The whole file is written each time: seldom where it is large. */
    private boolean isManyUnsaved() {
        return unsaved >= Math.max(SAVE_EVERY, known.size() / 10);
    }

    private float[][] computed(Dataset dataset, int[] indices) {
        if (frozen == null) {
            frozen = new FrozenEncoder(encoder, kernels);
            images = Nd4j.createUninitializedDetached(
                    DataType.FLOAT, 'c', BATCH, 3, view.resolution(), view.resolution());
        }
        FloatBuffer values = images.data().asNioFloat();
        int pixels = 3 * view.resolution() * view.resolution();
        IntStream.range(0, BATCH)
                .parallel() // the last batch is filled up with its first image
                .forEach(i -> view.test(
                        dataset.image(indices[i < indices.length ? i : 0], view.shortSide()),
                        values.duplicate(),
                        i * pixels));
        Nd4j.getAffinityManager().tagLocation(images, AffinityManager.Location.HOST);
        try (INDArray features = frozen.features(images)) {
            return Arrays.copyOf(features.toFloatMatrix(), indices.length);
        }
    }

    private Map<String, float[]> saved() {
        Map<String, float[]> saved = new LinkedHashMap<>();
        if (!Files.isRegularFile(file)) {
            return saved;
        }
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (!in.readUTF().equals(identity)) {
                return saved;
            }
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                String key = in.readUTF();
                float[] features = new float[encoder.featureWidth()];
                for (int d = 0; d < features.length; d++) {
                    features[d] = in.readFloat();
                }
                saved.put(key, features);
            }
        } catch (IOException e) {
            log.warn("{} cannot be used ({}); the features are computed again.", file, e.toString());
            saved.clear();
        }
        return saved;
    }

    /** Adds what is known to the file on disk, in which another process may have written meanwhile. */
    public void save() {
        if (unsaved == 0) {
            return;
        }
        unsaved = 0;
        Map<String, float[]> all = saved();
        all.putAll(known);
        try {
            AtomicFile.write(file, stream -> {
                var out = new DataOutputStream(new BufferedOutputStream(stream));
                out.writeUTF(identity);
                out.writeInt(all.size());
                for (Map.Entry<String, float[]> each : all.entrySet()) {
                    out.writeUTF(each.getKey());
                    for (float value : each.getValue()) {
                        out.writeFloat(value);
                    }
                }
                out.flush();
            });
        } catch (IOException e) {
            log.warn("{} The features will be computed again next time.", e.getMessage());
        }
    }

    @Override
    public void close() {
        save();
        if (frozen != null) {
            frozen.close();
            images.close();
        }
    }
}
