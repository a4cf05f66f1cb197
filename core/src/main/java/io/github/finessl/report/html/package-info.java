/**
 * The report on a run: one HTML file that opens offline.
 *
 * <p>{@link io.github.finessl.report.html.Page} is all that the file says, worded and measured out; the templates beside
 * the classes lay it out.
 */
package io.github.finessl.report.html;
