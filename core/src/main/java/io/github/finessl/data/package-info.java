/**
 * Data sets as they lie on disk, and which of their training images are labelled.
 *
 * <p>Training and test images are separate {@link io.github.finessl.data.Dataset}s from the reader on; a {@link
 * io.github.finessl.data.Split} only ever holds indices into the training part.
 */
package io.github.finessl.data;
