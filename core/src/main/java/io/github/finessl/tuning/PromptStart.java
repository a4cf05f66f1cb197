package io.github.finessl.tuning;

/** How prompts start. */
public enum PromptStart {
    /** {@link VisualPrompts#uniformStart}: the paper's, right for CLIP. */
    UNIFORM,
    /** {@link VisualPrompts#tokenStart}: what small encoders need. */
    TOKENS;

    private static final int NARROW = 384;

    /** TOKENS for encoders narrower than 384, which uniform prompts wreck, else UNIFORM. */
    public static PromptStart suiting(int width) {
        return width < NARROW ? TOKENS : UNIFORM;
    }
}
