/** What every other package does in one way: files that are replaced whole, hashes, threads, and exceptions for people. */
package io.github.finessl.io;
