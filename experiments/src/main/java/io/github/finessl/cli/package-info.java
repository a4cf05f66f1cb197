/** The command {@code finessl} and its subcommands, such as train, predict, evaluate and export. */
package io.github.finessl.cli;
