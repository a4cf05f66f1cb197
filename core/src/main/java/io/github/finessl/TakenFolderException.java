package io.github.finessl;

import io.github.finessl.io.FileException;

/** A folder for a model that holds something else: another choice of folder helps, or to train anew in the place of it. */
public final class TakenFolderException extends FileException {

    private static final long serialVersionUID = 1L;

    private final String found;

    TakenFolderException(String found) {
        super(found + ": choose another folder, or train anew.");
        this.found = found;
    }

    /** What is the matter with the folder, without advice: a sentence without its full stop. */
    public String found() {
        return found;
    }
}
