package io.github.finessl.report;

/** A kind of work before the first step of a training or after its last one. */
public enum Work {
    /** The frozen encoder looks at images. */
    FEATURES("features"),
    /** The nearest images of each are looked for. */
    NEIGHBOURS("neighbours"),
    /** Models of V-PET vote on unlabelled images. */
    VOTES("votes"),
    /** The model is tested. */
    TEST_IMAGES("test images"),
    /** The frozen encoder looks at images for the report. */
    REPORT_FEATURES("features without training"),
    /** The model looks at unlabelled images for the report. */
    UNLABELLED_IMAGES("unlabelled images");

    private final String words;

    Work(String words) {
        this.words = words;
    }

    /** The work in words, for people. */
    @Override
    public String toString() {
        return words;
    }
}
