package io.github.finessl.encoder.onnx;

import java.util.Arrays;
import java.util.Optional;

/** A tensor that depends on the image: elements of what a piece of the network computes, in some layout. */
record View(Piece piece, Layout layout) implements Value {

    /** A view of all of a piece, as it is. */
    static View of(Piece piece) {
        return new View(piece, Layout.of(piece.shape()));
    }

    /**
     * A constant, broadcast to this view, as one number for each part: element i of the piece belongs to part
     * (i / size) % parts. Empty if it differs within a part.
     */
    Optional<double[]> perPart(Constant constant, long size, int parts) {
        var numbers = new double[parts];
        if (constant.isUniform()) {
            Arrays.fill(numbers, constant.first());
            return Optional.of(numbers);
        }
        Constant broadcast = constant.with(constant.layout().broadcast(layout.shape()));
        double[] values = broadcast.values();
        int[] indices = layout.indices();
        var seen = new boolean[parts];
        for (int i = 0; i < indices.length; i++) {
            int part = (int) (indices[i] / size % parts);
            if (seen[part] && numbers[part] != values[i]) {
                return Optional.empty();
            }
            seen[part] = true;
            numbers[part] = values[i];
        }
        return Optional.of(numbers);
    }

    boolean isWhole() {
        return layout.equals(Layout.of(piece.shape()));
    }
}
