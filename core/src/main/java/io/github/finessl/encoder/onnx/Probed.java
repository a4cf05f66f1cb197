package io.github.finessl.encoder.onnx;

import java.util.BitSet;
import java.util.List;

/**
 * A tensor that is known by what it becomes for trial rows of the piece it is computed from: what turns queries and keys by their
 * places comes in too many spellings to be followed step by step.
 *
 * @param base whose rows are tried, as {@link Probing#trial} has them
 * @param columns of the base's rows that went into it
 * @param values of the tensor, one for each trial
 * @param found what could not be followed, in words
 */
record Probed(Piece base, BitSet columns, List<Constant> values, String found) implements Value {}
