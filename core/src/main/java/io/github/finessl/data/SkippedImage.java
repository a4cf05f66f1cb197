package io.github.finessl.data;

/**
 * An image that a data set names but cannot give, and so leaves out.
 *
 * @param source its file
 * @param label the label that it would have
 * @param reason completes the sentence "the file ..."
 * @param missing whether there is no such file, so that the set is incomplete rather than damaged
 */
public record SkippedImage(String source, int label, String reason, boolean missing) {}
