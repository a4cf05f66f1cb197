/**
 * The path from a decoded image to a normalised network input: the weak, strong and test views.
 *
 * <p>Everything is a pure function of an image and a {@link io.github.finessl.augment.KeyedRandom}. Pixel arithmetic is
 * that of PIL 9.4, which the reference uses, to the last bit.
 */
package io.github.finessl.augment;
