package io.github.finessl;

import io.github.finessl.io.FileException;

/**
 * An exception for a model's folder that holds something else: another folder helps, or to train anew in the place of
 * it.
 */
public final class TakenFolderException extends FileException {

    private static final long serialVersionUID = 1L;

    private final String found;

    TakenFolderException(String found) {
        super(found + ": choose another folder, or train anew.");
        this.found = found;
    }

    /** The fault of the folder, without advice: a sentence without its full stop. */
    public String found() {
        return found;
    }
}
