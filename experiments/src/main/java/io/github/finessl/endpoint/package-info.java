/**
 * A trained model behind HTTP, for programs that ask it about photos: see {@link io.github.finessl.endpoint.Endpoint}.
 *
 * <p>A request passes {@code Gate} (who asks), {@code Uploads} (its photos, of limited size) and {@code Batches} (photos of
 * all requests that wait, a batch at a time), and is counted by {@code Metrics}. Nothing that a client sends is ever taken for
 * a path, and nothing of it is kept.
 */
package io.github.finessl.endpoint;
