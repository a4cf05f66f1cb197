/** Strategies of fine-tuning: what of an encoder is trained. */
package io.github.finessl.tuning;
