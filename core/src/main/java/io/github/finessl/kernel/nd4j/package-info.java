/**
 * The portable kernels, formulas as written on ND4J's array operations, and the reference for the fast ones.
 */
package io.github.finessl.kernel.nd4j;
