package io.github.finessl.studio.learn;

import io.github.finessl.report.PairedTest;

/**
 * Two models on the test photos that both were tested on, with the same labels.
 *
 * @param photos how many these are
 * @param one how many of them the first model names right
 * @param other how many the second one does
 * @param pValue how often equally good models would differ as much by chance, by {@link PairedTest}
 */
public record SamePhotos(int photos, int one, int other, double pValue) {}
