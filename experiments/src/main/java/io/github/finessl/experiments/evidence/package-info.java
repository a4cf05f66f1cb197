/**
 * The experiment that carries out {@code results/PROTOCOL.md}: {@code Protocol} says which runs there are and what is compared,
 * {@code Analysis} what the finished ones tell, {@code Report} writes it down.
 */
package io.github.finessl.experiments.evidence;
