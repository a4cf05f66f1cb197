/** Methods of semi-supervised learning: their losses, and the targets that they make of weak-view predictions. */
package io.github.finessl.ssl;
