/** The command {@code finessl}: train, look, predict, ship. */
package io.github.finessl.cli;
