package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PythonYamlTest {
    @Test
    void writesTheTextThatPythonWrites() throws IOException {
        List<String> different = new ArrayList<>();
        JsonNode cases = GoldenFiles.json("yaml.json");
        for (JsonNode pair : cases) {
            String expected = pair.get(1).asText();
            if (!PythonYaml.sorted(PythonJson.read(pair.get(0).toString(), "case"))
                    .equals(expected)) {
                different.add(expected);
            }
        }
        assertThat(cases.size()).isGreaterThan(200);
        assertThat(different).isEmpty();
    }

    @Test
    void readsTheValueThatPythonWrote() throws IOException {
        SoftAssertions all = new SoftAssertions();
        for (JsonNode pair : GoldenFiles.json("yaml.json")) {
            Object expected = PythonJson.read(pair.get(0).toString(), "case");
            all.assertThat(PythonYaml.read(pair.get(1).asText(), "It"))
                    .as(pair.get(1).asText())
                    .isEqualTo(expected);
        }
        all.assertAll();
    }

    @ParameterizedTest
    @CsvSource({"12e5", "1e5", "1.5e3", "0o17", "1:99", "y", "nUll", "1.2.3", "'2026-1-2'"})
    void leavesToTextWhatPythonTakesForText(String text) {
        assertThat(PythonYaml.read(text, "It")).isEqualTo(text);
        assertThat(PythonYaml.sorted(List.of(text))).isEqualTo("- " + text + "\n");
    }

    @Test
    void readsALeadingZeroOfADecimalNumberAsText() {
        assertThat(PythonYaml.read("08", "It")).isEqualTo("08");
    }

    @Test
    void readsEachKindOfValue() {
        assertThat(PythonYaml.readMapping("""
                        a: 017
                        b: 0x1F
                        c: 1_000
                        d: 1:30
                        e: 123456789012345678901234567890
                        f: -.inf
                        g: 1.5e+3
                        h: yes
                        i:
                        j: 2026-11-23
                        k: 2026-11-23 19:51:57.864473
                        l: 2026-11-23T19:51:57Z
                        m: 2026-11-23 19:51:57.5 -3:30
                        n: =
                        o: !!set {x, y}
                        p: !!str 1
                        q: !!float 1
                        r: &r {x: 1}
                        s: {<<: *r, y: 2}
                        t: 1
                        t: 2
                        """, "It"))
                .containsEntry("a", 15)
                .containsEntry("b", 31)
                .containsEntry("c", 1000)
                .containsEntry("d", 90)
                .containsEntry("e", new BigInteger("123456789012345678901234567890"))
                .containsEntry("f", Double.NEGATIVE_INFINITY)
                .containsEntry("g", 1500.0)
                .containsEntry("h", true)
                .containsEntry("i", null)
                .containsEntry("j", LocalDate.of(2026, 11, 23))
                .containsEntry("k", LocalDateTime.of(2026, 11, 23, 19, 51, 57, 864_473_000))
                .containsEntry("l", OffsetDateTime.of(2026, 11, 23, 19, 51, 57, 0, ZoneOffset.UTC))
                .containsEntry(
                        "m",
                        OffsetDateTime.of(2026, 11, 23, 19, 51, 57, 500_000_000, ZoneOffset.ofHoursMinutes(-3, -30)))
                .containsEntry("n", "=")
                .containsEntry("o", new LinkedHashSet<>(List.of("x", "y")))
                .containsEntry("p", "1")
                .containsEntry("q", 1.0)
                .containsEntry("s", Map.of("x", 1, "y", 2))
                .containsEntry("t", 2);
    }

    /** Each text is the output of PyYAML for the value of the same line. */
    @Test
    void writesEachKindOfValueAsPython() {
        assertThat(PythonYaml.inOrder(Arrays.asList(
                        LocalDate.of(2026, 11, 23),
                        LocalDateTime.of(2026, 11, 23, 19, 51, 57),
                        LocalDateTime.of(2026, 11, 23, 19, 51, 57, 864_473_000),
                        OffsetDateTime.of(2026, 11, 23, 19, 51, 57, 0, ZoneOffset.UTC),
                        new LinkedHashSet<>(List.of("x")),
                        new byte[] {0, (byte) 255},
                        Double.NaN,
                        Double.NEGATIVE_INFINITY,
                        null,
                        Map.of(),
                        List.of(),
                        List.of(List.of("a")))))
                .isEqualTo("""
                        - 2026-11-23
                        - 2026-11-23 19:51:57
                        - 2026-11-23 19:51:57.864473
                        - 2026-11-23 19:51:57+00:00
                        - !!set
                          x: null
                        - !!binary |
                          AP8=
                        - .nan
                        - -.inf
                        - null
                        - {}
                        - []
                        - - - a
                        """);
        assertThat(PythonYaml.sortedUnicode(Map.of("é", "日本"))).isEqualTo("é: 日本\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a: [",
                "a: !!java.net.URL [x]",
                "a: !!python/object:os.system x",
                "!!int x",
                "!!int ''",
                "!!int [1]",
                "!!bool maybe",
                "!!map x",
                "!!binary '?'",
                "a: 0b_",
                "a: 2026-13-45",
                "a: &a [*a]",
                "&a {b: {c: *a}}",
                "? [a]\n: b",
                "<<: 3",
                "a: *b",
                "a: 1\n---\nb: 2",
                "a: \u0007",
                "- a\nb: c",
                "\t- a"
            })
    void refusesWhatPythonRefuses(String text) {
        assertThatThrownBy(() -> PythonYaml.read(text, "The file x"))
                .isInstanceOfSatisfying(MlflowException.class, e -> assertThat(e.errorCode())
                        .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE))
                .hasMessageStartingWith("The file x is not valid YAML: ");
    }

    @Test
    void boundsDepthAliasesAndSize() {
        refused("[".repeat(60) + "]".repeat(60), "Nesting Depth exceeded max 50");
        refused("- &a []\n" + "- *a\n".repeat(60), "aliases");
        StringBuilder bomb = new StringBuilder("a0: &a0 [" + "x,".repeat(2000) + "]\n");
        for (int i = 1; i < 20; i++) {
            bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        refused(bomb.toString(), "more than 4000000 values");
        StringBuilder chain = new StringBuilder("a0: &a0 [[[]]]\n");
        for (int i = 1; i < 40; i++) {
            chain.append("a%d: &a%d [[*a%d]]\n".formatted(i, i, i - 1));
        }
        assertThat(PythonYaml.readMapping(chain.toString(), "It")).hasSize(40);
        refused("a: " + "x".repeat(PythonYaml.MAX_LINE), "at most 524288 are read");
        refused("- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(PythonYaml.MAX_CODE_POINTS / 32), "code points");
    }

    @Test
    void readsAMappingAndNothingElse() {
        assertThat(PythonYaml.readMapping("", "It")).isEmpty();
        assertThatThrownBy(() -> PythonYaml.readMapping("[1]", "The file x"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The file x is not a YAML mapping of names to values");
        assertThatThrownBy(() -> PythonYaml.readMapping("1: a", "The file x"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The file x has the key '1', which is not text: put it in quotes");
    }

    private static void refused(String text, String reason) {
        assertThatThrownBy(() -> PythonYaml.read(text, "It"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(reason);
    }
}
