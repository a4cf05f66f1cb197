/**
 * Files that are replaced whole, hashes, threads, and exceptions for people, done in one way for every other package.
 */
package io.github.finessl.io;
