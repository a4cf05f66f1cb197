package io.github.finessl;

/** What is done with unlabelled images that seem to be of no class, where there are many of them. */
public enum StrangerPolicy {
    /** They are learnt from like all others, as in the paper. */
    KEEP("keep"),
    /**
     * They are left out of the training, by what the frozen features tell before it: a pseudo-label for each of them makes a
     * model that is sure of strangers.
     */
    LEAVE_OUT("leave-out");

    private final String text;

    StrangerPolicy(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
