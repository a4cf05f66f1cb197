package io.github.finessl.data.loading;

/**
 * The views of images that a batch is loaded with; others are not computed.
 *
 * @param labelled weak views of the labelled images
 * @param weak weak views of the unlabelled images
 * @param strong how many strong views of each unlabelled image, 0 to 2
 * @param trainWeak whether the weak views are among the rows that are trained on too
 */
public record LoadedViews(boolean labelled, boolean weak, int strong, boolean trainWeak) {

    public LoadedViews {
        if (strong < 0 || strong > 2) {
            throw new IllegalArgumentException("0 to 2 strong views can be had, not " + strong);
        }
        if (!labelled && !weak && strong == 0) {
            throw new IllegalArgumentException("At least one view must be wanted");
        }
        if (trainWeak && !weak) {
            throw new IllegalArgumentException("Weak views that are trained on must be wanted");
        }
    }

    /** Views without training on weak ones, which are predicted on alone. */
    public LoadedViews(boolean labelled, boolean weak, int strong) {
        this(labelled, weak, strong, false);
    }

    /** The number of views of each unlabelled image that are trained on. */
    public int trained() {
        return (trainWeak ? 1 : 0) + strong;
    }

    /** The labelled images alone, for methods that learn from labels alone. */
    public static LoadedViews supervised() {
        return new LoadedViews(true, false, 0);
    }

    /** One weak and {@code strong} strong views of each unlabelled image. */
    public static LoadedViews consistency(int strong) {
        return new LoadedViews(true, true, strong);
    }
}
