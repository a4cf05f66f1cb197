/**
 * The photos as the studio knows them: by ids that say nothing of their paths, with thumbnails and features that are made in the
 * background and kept by content outside of the photos' folder.
 */
package io.github.finessl.studio.photo;
