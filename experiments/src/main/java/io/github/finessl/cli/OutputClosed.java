package io.github.finessl.cli;

/** An exception that ends a command whose output nobody reads any more, as after {@code | head -1}. */
final class OutputClosed extends RuntimeException {
    private static final long serialVersionUID = 1L;
}
