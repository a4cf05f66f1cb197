package io.github.finessl.kernel.onednn;

/** The scratch buffers of the convolutional kernels, which their parts use one after the other. */
enum MapScratch {
    /** The part of a gradient that went through a ReLU, or what nobody reads. */
    PASSED,
    /** A result on its way to another layout, or what nobody reads. */
    STAGED,
    /** The partial sums of the pieces of a batch, to be added up. */
    PARTIAL
}
