package io.github.finessl.augment;

import java.nio.FloatBuffer;

/**
 * The three views of an image at one resolution R, normalised and in the layout [3, R, R].
 *
 * <ul>
 *   <li>weak: a random R×R window of the enlarged image with a reflected border, mirrored half the time;
 *   <li>strong: another such window, two RandAugment operations, each carried out half the time, then cutout;
 *   <li>test: the whole image resized to R×R.
 * </ul>
 *
 * <p>At R = 224 the shorter side becomes 256 and the border is 28 wide; other R scale both in proportion, rounded. The
 * cutout box is 16 pixels at every R, since the paper scales it with nothing.
 */
public final class Augmentation {

    private static final int OPERATIONS = 2;
    private static final int CUTOUT = 16;
    private static final byte CUTOUT_VALUE = 127;
    private static final Operation[] POOL = Operation.values();

    private final int resolution;
    private final int enlargedSide;
    private final int border;
    private final Normalisation normalisation;
    private final ThreadLocal<Canvas> canvases;

    /**
     * Creates the views at a resolution.
     *
     * @param resolution R in pixels, at least 16
     */
    public Augmentation(int resolution, Normalisation normalisation) {
        if (resolution < CUTOUT) {
            throw new IllegalArgumentException("Resolution is %d, at least %d is needed".formatted(resolution, CUTOUT));
        }
        this.resolution = resolution;
        this.enlargedSide = Math.round(256f * resolution / 224);
        this.border = Math.round(28f * resolution / 224);
        this.normalisation = normalisation;
        this.canvases = ThreadLocal.withInitial(() -> new Canvas(resolution, resolution));
    }

    /** The side R of the views in pixels. */
    public int resolution() {
        return resolution;
    }

    /** The pixels of an image's short side that its views are made of; more are of little use. */
    public int shortSide() {
        return enlargedSide;
    }

    /** The normalisation of the views. */
    public Normalisation normalisation() {
        return normalisation;
    }

    /**
     * The part of the weak and strong views that is not random: the shorter side resized to 256·R/224. An image more than
     * 64 times as long as wide is squeezed to that: a line of pixels would fill the memory.
     */
    public RgbImage enlarge(RgbImage image) {
        return Resize.shortSide(image, enlargedSide);
    }

    /**
     * Writes the weak view of an image: a random crop and flip.
     *
     * @param enlarged from {@link #enlarge}
     * @param out receives 3·R·R floats from {@code offset} on; its position is neither used nor moved
     */
    public void weak(RgbImage enlarged, KeyedRandom random, FloatBuffer out, int offset) {
        Canvas canvas = canvases.get();
        cropAndFlip(enlarged, random, canvas);
        normalise(canvas.pixels(), out, offset);
    }

    /** Writes the strong view of an image; arguments as for {@link #weak}. */
    public void strong(RgbImage enlarged, KeyedRandom random, FloatBuffer out, int offset) {
        Canvas canvas = canvases.get();
        cropAndFlip(enlarged, random, canvas);
        for (int i = 0; i < OPERATIONS; i++) {
            Operation operation = POOL[random.nextInt(POOL.length)];
            int v = random.nextInt(1, 10);
            boolean negative = random.nextBoolean();
            if (random.nextBoolean()) {
                operation.apply(canvas, v, negative);
            }
        }
        cutout(canvas, random.nextDouble(resolution), random.nextDouble(resolution));
        normalise(canvas.pixels(), out, offset);
    }

    /**
     * Writes the test view of an image, which is not random.
     *
     * @param image as decoded, not enlarged
     * @param out receives 3·R·R floats from {@code offset} on
     */
    public void test(RgbImage image, FloatBuffer out, int offset) {
        normalise(Resize.exact(image, resolution, resolution).rgb(), out, offset);
    }

    private void cropAndFlip(RgbImage enlarged, KeyedRandom random, Canvas canvas) {
        int top = random.nextInt(enlarged.height() + 2 * border - resolution + 1) - border;
        int left = random.nextInt(enlarged.width() + 2 * border - resolution + 1) - border;
        canvas.crop(enlarged, left, top, random.nextBoolean());
    }

    /** A grey box around (x, y), its far edge included: up to 17 pixels wide, cut off at the image's border. */
    static void cutout(Canvas canvas, double x, double y) {
        int left = (int) Math.max(0, x - CUTOUT / 2.);
        int top = (int) Math.max(0, y - CUTOUT / 2.);
        canvas.fill(left, top, left + CUTOUT, top + CUTOUT, CUTOUT_VALUE);
    }

    private void normalise(byte[] pixels, FloatBuffer out, int offset) {
        int plane = resolution * resolution;
        for (int channel = 0; channel < 3; channel++) {
            float[] table = normalisation.table(channel);
            int base = offset + channel * plane;
            for (int i = 0, p = channel; i < plane; i++, p += 3) {
                out.put(base + i, table[pixels[p] & 0xff]);
            }
        }
    }
}
