package io.github.finessl.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RefusalTest {
    private static final double[] OF_CLASSES =
            DoubleStream.iterate(1, x -> x + 1).limit(40).toArray();

    @Test
    void oneInTwentyIsRefusedWhereNoStrangersAreKnown() {
        Refusal rule =
                Refusal.of(OF_CLASSES, new double[0], Refusal.Basis.UNLABELLED).orElseThrow();
        assertThat(rule.below()).isEqualTo(3);
        assertThat(DoubleStream.of(OF_CLASSES).filter(rule::refuses)).containsExactly(1.0, 2.0);
        assertThat(rule.images()).isEqualTo(40);
        assertThat(rule.strangers()).isZero();
    }

    @Test
    void knownStrangersSetTheThresholdWhereBothPartAsFarAsTheyCan() {
        // From 4 on is one stranger of four, and 37 of 40 images; at any other place the difference is less.
        double[] strangers = {1.5, 2, 3.5, 35};
        Refusal rule = Refusal.of(OF_CLASSES, strangers, Refusal.Basis.HELD_OUT).orElseThrow();
        assertThat(rule.below()).isEqualTo(4);
        assertThat(DoubleStream.of(strangers).filter(rule::refuses)).containsExactly(1.5, 2.0, 3.5);
    }

    @Test
    void knownStrangersCostAtMostATenthOfTheImages() {
        double[] strangers = {20, 20, 20, 20};
        Refusal rule =
                Refusal.of(OF_CLASSES, strangers, Refusal.Basis.UNLABELLED).orElseThrow();
        assertThat(DoubleStream.of(OF_CLASSES).filter(rule::refuses).count()).isLessThanOrEqualTo(4);
    }

    @Test
    void ofFewImagesNothingIsToldOnly() {
        assertThat(Refusal.of(new double[19], new double[] {1}, Refusal.Basis.HELD_OUT))
                .isEmpty();
    }
}
