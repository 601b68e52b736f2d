package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidationTest {
    @ParameterizedTest
    @CsvSource({
        "a, a",
        "a/b, a/b",
        "a//b, a/b",
        "a/./b, a/b",
        "a/../b, b",
        "a/.., .",
        "'', .",
        "., .",
        "../x, ../x",
        "../../x, ../../x",
        "a/../../x, ../x",
        "/.., /",
        "/a/, /a",
        "//a, //a",
        "///a, /a",
        "a/, a"
    })
    void pathsAreNormalizedByTheRulesOfPosix(String path, String normal) {
        assertThat(Validation.normalPath(path)).isEqualTo(normal);
    }

    @Test
    void refusalsAreInTheServersWords() {
        assertThatThrownBy(() -> Validation.batch(
                        List.of(new Metric("bad#name", 1, 0, 0)), List.of(), List.of(), LongValues.cut()))
                .isInstanceOf(MlflowException.class)
                .hasMessage(
                        "Invalid value \"bad#name\" for parameter 'metrics[0].name' supplied: Names may only contain"
                                + " alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes"
                                + " (/).");
        assertThatThrownBy(
                        () -> Validation.batch(List.of(), List.of(new Param("../x", "1")), List.of(), LongValues.cut()))
                .hasMessage(
                        "Invalid value \"../x\" for parameter 'params[0].key' supplied: Names may be treated as files"
                                + " in certain cases, and must not resolve to other names when treated as such. This name would"
                                + " resolve to '../x'");
        assertThatThrownBy(() -> Validation.batch(List.of(), List.of(), List.of(new Tag(null, "1")), LongValues.cut()))
                .hasMessage("Missing value for required parameter 'tags[0].key'.");
        assertThatThrownBy(() -> Validation.experimentId("abc"))
                .hasMessage("Invalid experiment ID 'abc'. Experiment ID must be a valid integer.");
    }

    @Test
    void lengthsCountCodePoints() {
        String astral = "😀".repeat(6000);

        assertThat(LongValues.cut().fit("Param value", "p", 6000, astral)).isSameAs(astral);
        assertThat(LongValues.cut().fit("Param value", "p", 6000, astral + "x")).isEqualTo(astral);
    }

    @Test
    void longValuesAreRefusedInTheServersWordsWhereNothingIsCut() {
        List<Param> params = List.of(new Param("p", "x".repeat(6001)));
        assertThatThrownBy(() -> Validation.batch(List.of(), params, List.of(), LongValues.refused()))
                .hasMessage("'Param value' exceeds the maximum length of 6000 characters");
        List<Tag> tags = List.of(new Tag("t", "x".repeat(8001)));
        assertThatThrownBy(() -> Validation.batch(List.of(), List.of(), tags, LongValues.refused()))
                .hasMessage("'tags[0].value' exceeds the maximum length of 8000 characters");
    }

    @Test
    void textsAreQuotedAsInTheServersMessages() {
        assertThat(Validation.quoted("a")).isEqualTo("'a'");
        assertThat(Validation.quoted("it's")).isEqualTo("\"it's\"");
        assertThat(Validation.quoted("both ' and \"")).isEqualTo("'both \\' and \"'");
        assertThat(Validation.quoted("two\nlines\\")).isEqualTo("'two\\nlines\\\\'");
    }

    @Test
    void inventedNamesAreShort() {
        assertThat(IntStream.range(0, 1000).mapToObj(i -> RandomNames.next()))
                .allMatch(name -> name.matches("[a-z]+-[a-z]+-\\d{1,3}") && name.length() <= 20);
    }
}
