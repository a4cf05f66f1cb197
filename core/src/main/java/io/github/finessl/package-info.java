/**
 * The front door: {@link io.github.finessl.FineTuner} trains a model on {@link io.github.finessl.Photos} with {@link
 * io.github.finessl.TrainingSettings}; {@link io.github.finessl.serve.FineSslModel} is what comes back.
 */
package io.github.finessl;
