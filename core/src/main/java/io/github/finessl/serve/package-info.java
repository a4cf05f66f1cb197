/** A trained model in use: its folder, and the classification of photos. */
package io.github.finessl.serve;
