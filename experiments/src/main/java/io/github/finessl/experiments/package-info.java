/** FineSSL on Deeplearning4j / SameDiff. */
package io.github.finessl.experiments;
