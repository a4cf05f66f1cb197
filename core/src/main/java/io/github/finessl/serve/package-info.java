/** A trained model in use: its folder, and classes of photos. */
package io.github.finessl.serve;
