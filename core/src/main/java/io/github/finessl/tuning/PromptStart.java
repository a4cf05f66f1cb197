package io.github.finessl.tuning;

/** The initial values of prompts. */
public enum PromptStart {
    /** Uniform random numbers: the paper's, right for CLIP. */
    UNIFORM,
    /** Patch tokens of the labelled images, drawn at random: what small encoders, which uniform prompts wreck, need. */
    TOKENS,
    /**
     * Patch tokens as with {@link #TOKENS}, moved to where a block's queries hardly attend to them, and as small as random
     * prompts: the first step sees nearly the features of the frozen encoder, which a head start is made for. For prompts
     * as keys and values alone.
     */
    NEUTRAL;

    private static final int NARROW = 384;

    /**
     * The start for an encoder of a width: TOKENS for one narrower than 384, which uniform prompts wreck, else UNIFORM.
     */
    public static PromptStart suiting(int width) {
        return width < NARROW ? TOKENS : UNIFORM;
    }
}
