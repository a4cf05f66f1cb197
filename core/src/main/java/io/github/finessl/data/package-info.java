/**
 * Data sets on disk, and the splits of their training images into labelled and unlabelled ones.
 *
 * <p>Training and test images are separate {@link io.github.finessl.data.Dataset}s from the reader on; a {@link
 * io.github.finessl.data.Split} only ever holds indices into the training part.
 */
package io.github.finessl.data;
