/** Semi-supervised methods: what each makes of weak-view predictions, and its loss. */
package io.github.finessl.ssl;
