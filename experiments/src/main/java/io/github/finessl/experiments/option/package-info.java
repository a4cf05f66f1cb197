/**
 * The options of experiments and of {@code finessl train}: an {@link io.github.finessl.experiments.option.Option} says
 * what a {@code -D} property takes, {@link io.github.finessl.experiments.option.Options} hold the checked values of
 * all.
 */
package io.github.finessl.experiments.option;
