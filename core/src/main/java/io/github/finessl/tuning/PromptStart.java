package io.github.finessl.tuning;

/** How prompts start. */
public enum PromptStart {
    /** Uniform random numbers: the paper's, right for CLIP. */
    UNIFORM,
    /** Patch tokens of the labelled images, drawn at random: what small encoders, which uniform prompts wreck, need. */
    TOKENS;

    private static final int NARROW = 384;

    /** TOKENS for encoders narrower than 384, which uniform prompts wreck, else UNIFORM. */
    public static PromptStart suiting(int width) {
        return width < NARROW ? TOKENS : UNIFORM;
    }
}
