package io.github.finessl.train;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Stochastic gradient descent with momentum and weight decay as PyTorch defines it: v = μ·v + (g + λ·p); p = p - η·v, v
 * starting at 0.
 */
public final class Sgd implements AutoCloseable {
    private final double momentum;
    private final double weightDecay;
    private final Map<String, INDArray> velocity = new LinkedHashMap<>();
    /** Scratch arrays by length: new ones for all of an encoder's weights would cost more than the arithmetic. */
    private final Map<Long, INDArray> scratch = new HashMap<>();

    /** Creates an optimiser with momentum μ and weight decay λ. */
    public Sgd(double momentum, double weightDecay) {
        this.momentum = momentum;
        this.weightDecay = weightDecay;
    }

    /** Updates the parameters in place; η is the learning rate. */
    public void step(Map<String, INDArray> parameters, Map<String, INDArray> gradients, double learningRate) {
        step(parameters, gradients, name -> learningRate);
    }

    /** Updates the parameters in place, each at a learning rate η of its own. */
    public void step(
            Map<String, INDArray> parameters, Map<String, INDArray> gradients, ToDoubleFunction<String> learningRate) {
        parameters.forEach((name, p) -> {
            INDArray v = velocity.computeIfAbsent(name, absent -> Nd4j.zeros(p.dataType(), p.shape()));
            INDArray term = scratch.computeIfAbsent(
                            p.length(), length -> Nd4j.createUninitialized(p.dataType(), length))
                    .reshape(p.shape());
            p.muli(weightDecay, term);
            v.muli(momentum).addi(gradients.get(name)).addi(term);
            v.muli(learningRate.applyAsDouble(name), term);
            p.subi(term);
        });
    }

    /** The momentum buffers v by parameter, for a checkpoint; live arrays. */
    public Map<String, INDArray> velocity() {
        return velocity;
    }

    /** Releases the momentum buffers v. */
    @Override
    public void close() {
        velocity.values().forEach(INDArray::close);
        velocity.clear();
        scratch.values().forEach(INDArray::close);
        scratch.clear();
    }

    /** Restores the momentum buffers of a checkpoint. */
    public void restore(Map<String, INDArray> saved) {
        velocity.clear();
        saved.forEach((name, v) -> velocity.put(name, v.dup('c')));
    }
}
