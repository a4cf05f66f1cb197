/** Files that are replaced whole, content hashes and background threads: what every other package does in one way. */
package io.github.finessl.io;
