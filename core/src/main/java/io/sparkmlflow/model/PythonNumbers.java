package io.sparkmlflow.model;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers in the spelling of Python's {@code repr}. */
final class PythonNumbers {
    private static final int MAX_DIGITS = 17;
    /** Python writes an exponent below 1e-4 and from 1e16 on. */
    private static final int MIN_EXPONENT = -4;

    private static final int MAX_EXPONENT = 16;

    private PythonNumbers() {}

    /** Returns the shortest text that reads back as a finite value, e.g. {@code 0.1}, {@code 1e-07}, {@code 1e+16}. */
    static String repr(double value) {
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(value).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= MIN_EXPONENT && exponent < MAX_EXPONENT) {
            String text = shortest.toPlainString();
            return text.contains(".") ? text : text + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        String size = (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
        return (value < 0 ? "-" : "") + mantissa + (exponent < 0 ? "e-" : "e+") + size;
    }

    /** Java before 19 sometimes gives a digit too many; the shortest that reads back is one of at most 17 digits. */
    private static BigDecimal shortest(double value) {
        BigDecimal exact = new BigDecimal(value);
        int digits = new BigDecimal(Double.toString(value)).stripTrailingZeros().precision();
        BigDecimal best = exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN));
        for (int precision = Math.min(digits, MAX_DIGITS); precision > 0; precision--) {
            BigDecimal candidate = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
            if (candidate.doubleValue() != value) {
                break;
            }
            best = candidate;
        }
        return best;
    }
}
