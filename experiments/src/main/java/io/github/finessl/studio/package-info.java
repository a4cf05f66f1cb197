/**
 * The studio: photos in a folder are labelled in the browser, with suggestions, and models are trained on them.
 *
 * <p>Example: {@code Studio.open(Studio.Settings.of(Path.of("photos"), Path.of("encoder.onnx")))} lists the photos, begins to read
 * them in the background and serves the pages at {@link io.github.finessl.studio.Studio#address}.
 */
package io.github.finessl.studio;
