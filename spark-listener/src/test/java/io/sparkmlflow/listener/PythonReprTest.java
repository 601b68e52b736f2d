package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonReprTest {
    @ParameterizedTest
    @CsvSource({
        "1.0E-6, 1e-06",
        "0.01, 0.01",
        "0.5, 0.5",
        "0.0, 0.0",
        "-0.0, -0.0",
        "100.0, 100.0",
        "1.0E-4, 0.0001",
        "1.0E-5, 1e-05",
        "1.0E15, 1000000000000000.0",
        "1.0E16, 1e+16",
        "1.2345E-7, 1.2345e-07",
        "-2.5E100, -2.5e+100",
        "4.9E-324, 5e-324",
        "2.0E-3, 0.002",
        "0.1, 0.1",
        "NaN, nan",
        "-Infinity, -inf"
    })
    void writesDoublesLikePython(double value, String expected) {
        assertThat(PythonRepr.str(value)).isEqualTo(expected);
    }

    @Test
    void writesOtherValuesLikePython() {
        assertThat(PythonRepr.str(true)).isEqualTo("True");
        assertThat(PythonRepr.str("plain")).isEqualTo("plain");
        assertThat(PythonRepr.str(5)).isEqualTo("5");
        assertThat(PythonRepr.str(new String[] {"a", "it's"})).isEqualTo("['a', \"it's\"]");
        assertThat(PythonRepr.str(new double[] {0.5, 1})).isEqualTo("[0.5, 1.0]");
        assertThat(PythonRepr.str(new double[][] {{1}, {2}})).isEqualTo("[[1.0], [2.0]]");
    }

    @Test
    void everyDoubleReadsBackAsItself() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (!Double.isNaN(value) && !Double.isInfinite(value)) {
                assertThat(Double.parseDouble(PythonRepr.str(value))).isEqualTo(value);
            }
        }
    }
}
