/** What of an encoder is trained. */
package io.github.finessl.tuning;
