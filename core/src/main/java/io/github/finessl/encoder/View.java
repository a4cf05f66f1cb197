package io.github.finessl.encoder;

/** A tensor that depends on the image: elements of what a piece of the network computes, in some layout. */
record View(Piece piece, Layout layout) implements Value {

    /** All of a piece, as it is. */
    static View of(Piece piece) {
        return new View(piece, Layout.of(piece.shape()));
    }

    boolean isWhole() {
        return layout.equals(Layout.of(piece.shape()));
    }
}
