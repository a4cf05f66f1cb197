package io.github.finessl.tuning;

/** The initial values of prompts. */
public enum PromptStart {
    /** Uniform random numbers: the paper's, right for CLIP. */
    UNIFORM,
    /** Patch tokens of the labelled images, drawn at random: what small encoders, which uniform prompts wreck, need. */
    TOKENS,
    /** TODO */
    NEUTRAL;

    private static final int NARROW = 384;

    /**
     * The start for an encoder of a width: TOKENS for one narrower than 384, which uniform prompts wreck, else UNIFORM.
     */
    public static PromptStart suiting(int width) {
        return width < NARROW ? TOKENS : UNIFORM;
    }
}
