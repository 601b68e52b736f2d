package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PythonTextTest {
    @Test
    void valuesHaveTheTextsOfPythonsStr() {
        assertThat(PythonText.of(1e-6)).isEqualTo("1e-06");
        assertThat(PythonText.of(0.1f)).isEqualTo("0.1");
        assertThat(PythonText.of(1e16)).isEqualTo("1e+16");
        assertThat(PythonText.of(3.0)).isEqualTo("3.0");
        assertThat(PythonText.of(-0.0)).isEqualTo("-0.0");
        assertThat(PythonText.of(Double.NaN)).isEqualTo("nan");
        assertThat(PythonText.of(Float.NEGATIVE_INFINITY)).isEqualTo("-inf");
        assertThat(PythonText.of(true)).isEqualTo("True");
        assertThat(PythonText.of(null)).isEqualTo("None");
        assertThat(PythonText.of(5L)).isEqualTo("5");
        assertThat(PythonText.of("true")).isEqualTo("true");
    }
}
