package io.github.finessl.io;

import java.math.BigDecimal;

/** The spelling of numbers in run records. */
public final class Numbers {

    private Numbers() {}

    /** The shortest decimal that stands for the number, without an exponent: 8, 0.03, 0.0005. */
    public static String text(double number) {
        BigDecimal decimal = BigDecimal.valueOf(number).stripTrailingZeros();
        return decimal.signum() == 0 ? "0" : decimal.toPlainString();
    }
}
