package io.github.finessl.text;

import java.util.List;
import java.util.Optional;

/**
 * The vectors of classes in a text tower's space.
 *
 * @param classes their names
 * @param vectors [C, E], of length 1
 * @param logits scale and bias of the model, where its file gives logits too
 * @param sha256 of all that they were made of: text tower, tokenizer, templates and names
 */
public record ClassVectors(List<String> classes, float[][] vectors, Optional<LogitScale> logits, String sha256) {}
