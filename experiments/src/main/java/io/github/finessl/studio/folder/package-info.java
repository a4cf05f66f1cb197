/**
 * The photos' folder as the one truth about labels: where photos lie, how a label moves them, and the journal that undoes it.
 *
 * <p>Example: labelling {@code unlabelled/x.jpg} as a cat appends a line to {@code journal.jsonl}, forces it to the disk, and
 * moves the file to {@code labelled/cat/x.jpg}. A process that is killed in between leaves the line; the next start makes the
 * move.
 */
package io.github.finessl.studio.folder;
