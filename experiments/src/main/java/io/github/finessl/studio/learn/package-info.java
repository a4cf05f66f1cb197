/** What the studio learns from labels: suggestions within a second of each, and models by trainings in the background. */
package io.github.finessl.studio.learn;
