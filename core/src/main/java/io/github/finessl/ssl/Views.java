package io.github.finessl.ssl;

/**
 * The views of an unlabelled batch that a method's step needs.
 *
 * @param weak whether weak views are predicted on, without gradient
 * @param strong how many strong views are trained on: 0, 1 or 2
 * @param trainWeak whether weak views are trained on, the very ones that are predicted on
 * @param teacher whether weak and strong views are predicted on by a teacher too, and the strong ones by the model
 */
public record Views(boolean weak, int strong, boolean trainWeak, boolean teacher) {
    /** No views: labelled images alone. */
    public static final Views NONE = new Views(false, 0);

    /** Checks the number of strong views. */
    public Views {
        if (strong < 0 || strong > 2) {
            throw new IllegalArgumentException("a step takes 0, 1 or 2 strong views, not " + strong);
        }
        if (teacher && !(trainWeak && strong == 1)) {
            throw new IllegalArgumentException("a teacher takes the weak and the one strong view that are trained on");
        }
    }

    /** Views of which the strong ones alone are trained on. */
    public Views(boolean weak, int strong) {
        this(weak, strong, false);
    }

    /** Views without those of a teacher. */
    public Views(boolean weak, int strong, boolean trainWeak) {
        this(weak, strong, trainWeak, false);
    }

    /** Whether a step needs unlabelled images at all. */
    public boolean unlabelled() {
        return weak || trainWeak || strong > 0;
    }
}
