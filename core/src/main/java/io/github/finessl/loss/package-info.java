/** The losses' settings and host-side arithmetic: margins and smoothed labels. */
package io.github.finessl.loss;
