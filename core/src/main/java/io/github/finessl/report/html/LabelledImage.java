package io.github.finessl.report.html;

/**
 * A labelled image.
 *
 * @param name in its data set
 * @param label index of its class
 */
public record LabelledImage(String name, int label) {}
