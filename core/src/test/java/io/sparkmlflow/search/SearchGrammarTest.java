package io.sparkmlflow.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected values were taken from MLflow 3.17. */
class SearchGrammarTest {
    private static final List<SearchGrammar> ALL = List.of(
            SearchGrammar.RUNS,
            SearchGrammar.EXPERIMENTS,
            SearchGrammar.REGISTERED_MODELS,
            SearchGrammar.MODEL_VERSIONS,
            SearchGrammar.LOGGED_MODELS);

    private static Comparison one(SearchGrammar grammar, String filter) {
        List<Comparison> comparisons = grammar.parseFilter(filter);
        assertThat(comparisons).hasSize(1);
        return comparisons.get(0);
    }

    private static void assertRefused(SearchGrammar grammar, String filter, String message) {
        assertThatThrownBy(() -> grammar.parseFilter(filter))
                .isInstanceOf(MlflowException.class)
                .hasMessageStartingWith(message)
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
    }

    private static Comparison text(FieldType type, String key, Operator operator, String value) {
        return new Comparison(new Field(type, key), operator, new Operand.Text(value));
    }

    @Test
    void anEmptyFilterHoldsForEverything() {
        assertThat(SearchGrammar.RUNS.parseFilter(null)).isEmpty();
        assertThat(SearchGrammar.RUNS.parseFilter("")).isEmpty();
    }

    @Test
    void comparisonsAreJoinedByAndInAnyCase() {
        assertThat(SearchGrammar.RUNS.parseFilter("metric.a >= -1.5e-3 and param.b like 'x' And tag.c Ilike 'y'"))
                .containsExactly(
                        new Comparison(
                                new Field(FieldType.METRIC, "a"), Operator.GREATER_OR_EQUAL, new Operand.Real(-0.0015)),
                        text(FieldType.PARAM, "b", Operator.LIKE, "x"),
                        text(FieldType.TAG, "c", Operator.ILIKE, "y"));
        assertThat(SearchGrammar.RUNS.parseFilter("params.a='x'AND params.b='y'"))
                .hasSize(2);
        assertThat(SearchGrammar.RUNS.parseFilter("AND metrics.a\n>\t1 metrics.b < .5 AND"))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "params.a = 'x' | a | x",
                "params.a = \"x\" | a | x",
                "params.a = '' | a | ^^",
                "params.`a b` = 'x' | a b | x",
                "params.\"a-b\" = 'x' | a-b | x",
                "`params`.a = 'x' | a | x",
                "params.a.b.c = 'x' | a.b.c | x",
                "params.select = 'x' | select | x",
                "params.1a = 'x' | 1a | x",
                "params.ä = 'x' | ä | x",
                "params.a = 'it''s' | a | it''s",
                "params.a = 'it\\'s' | a | it\\'s",
                "params.a = 'C:\\' | a | C:\\",
                "params.a = 'x AND y' | a | x AND y"
            })
    void keysAndTextsAreTakenFromTheirQuotes(String filter, String key, String value) {
        assertThat(one(SearchGrammar.RUNS, filter)).isEqualTo(text(FieldType.PARAM, key, Operator.EQUAL, value));
    }

    @Test
    void aRunsAttributesNeedNoPrefixAndHaveOtherNames() {
        Comparison named = text(FieldType.ATTRIBUTE, "run_name", Operator.EQUAL, "x");
        for (String name : List.of("run_name", "`Run name`", "run.`Run Name`", "attr.\"run name\"")) {
            assertThat(one(SearchGrammar.RUNS, name + " = 'x'")).isEqualTo(named);
        }
        assertThat(one(SearchGrammar.RUNS, "Created > 5"))
                .isEqualTo(new Comparison(
                        new Field(FieldType.ATTRIBUTE, "start_time"), Operator.GREATER, new Operand.Whole(5)));
        assertThat(one(SearchGrammar.RUNS, "attributes.end_time < 5.5").operand())
                .isEqualTo(new Operand.Real(5.5));
    }

    @Test
    void listsAreForFewAttributesAndDatasets() {
        assertThat(one(SearchGrammar.RUNS, "run_id not in ('a', \"b\",)"))
                .isEqualTo(new Comparison(
                        new Field(FieldType.ATTRIBUTE, "run_id"),
                        Operator.NOT_IN,
                        new Operand.Texts(List.of("a", "b"))));
        assertThat(one(SearchGrammar.RUNS, "datasets.digest IN ('a')").operand())
                .isEqualTo(new Operand.Texts(List.of("a")));
        assertRefused(
                SearchGrammar.RUNS,
                "run_name IN ('a')",
                "Only ['run_id'] attributes support comparison with a list of quoted string values.");
        assertRefused(
                SearchGrammar.RUNS,
                "run_id IN ()",
                "While parsing a list in the query, expected a non-empty list of string values, but got empty list");
        assertRefused(SearchGrammar.RUNS, "run_id IN (1)", "While parsing a list in the query, expected string value");
        assertRefused(SearchGrammar.RUNS, "run_id IN ('a' 'b')", "While parsing a list in the query");
        assertRefused(SearchGrammar.RUNS, "run_id IN (('a'))", "While parsing a list in the query");
        assertRefused(SearchGrammar.RUNS, "params.a IN ('x')", "Expected a quoted string value for parameter");
        assertThat(one(SearchGrammar.LOGGED_MODELS, "params.a IN ('x')").operator())
                .isEqualTo(Operator.IN);
    }

    @Test
    void onlyParamsAndTagsMayBeMissing() {
        assertThat(one(SearchGrammar.RUNS, "tags.a is not null"))
                .isEqualTo(new Comparison(new Field(FieldType.TAG, "a"), Operator.IS_NOT_NULL, null));
        assertThat(one(SearchGrammar.RUNS, "params.a IS NULL").operator()).isEqualTo(Operator.IS_NULL);
        assertRefused(
                SearchGrammar.RUNS,
                "metrics.a IS NULL",
                "IS NULL / IS NOT NULL is only supported for tags and params, not for 'metric' 'a'");
        assertRefused(
                SearchGrammar.EXPERIMENTS,
                "name IS NULL",
                "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "bogus | Invalid clause(s) in filter string: 'bogus'",
                "metrics.a > | Invalid clause(s) in filter string: 'metrics.a', '>'",
                "metrics.a > 1 OR metrics.b > 2 | Invalid clause(s) in filter string: 'OR'",
                "(metrics.a > 1) | Invalid clause(s) in filter string: '(metrics.a > 1)'",
                "NOT metrics.a > 1 | Invalid clause(s) in filter string: 'NOT'",
                "metrics.a > 1; | Invalid clause(s) in filter string: ';'",
                "metrics.a > 1;params.b='x' | Search filter contained multiple expression \"metrics.a > 1;params.b='x'\"",
                "params.m != 'tru | Invalid clause(s) in filter string: 'params.m', '!=', ''', 'tru'",
                "metrics.a = 0x1F | Invalid clause(s) in filter string: 'metrics.a', '=', '0x1F'",
                "params.a = 'x' -- c | Invalid clause(s) in filter string: '-- c'",
                "params.a-b = 'x' | Invalid comparison clause. Expected 'Identifier' found 'params.a-b'",
                "1 = 1 | Invalid comparison clause. Expected 'Identifier' found '1'",
                "foo.a = 'x' | Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag', 'attribute',",
                "foo = 'x' | Invalid attribute key 'foo' specified. Valid keys are '{'artifact_uri', 'end_time',",
                "datasets.foo = 'x' | Invalid dataset key 'foo' specified.",
                "metrics.a = 'x' | Expected numeric value type for metric. Found 'x'",
                "metrics.a = NaN | Expected numeric value type for metric. Found NaN",
                "start_time > '5' | Expected numeric value type for numeric attribute: start_time. Found '5'",
                "start_time IN (1) | Expected numeric value type for numeric attribute: start_time. Found (1)",
                "params.a = 5 | Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5",
                "params.a = x | Parameter value is either not quoted or unidentified quote types",
                "params.a = `x` | Parameter value is either not quoted or unidentified quote types",
                "metrics.a LIKE 1 | Invalid comparator 'LIKE' not one of",
                "metrics.a == 1 | Invalid comparator '==' not one of",
                "params.a > 'x' | Invalid comparator '>' not one of",
                "params.a NOT LIKE 'x' | Invalid comparator 'NOT LIKE' not one of"
            })
    void whatIsNoFilterForRunsIsRefusedWithMlflowsWords(String filter, String message) {
        assertRefused(SearchGrammar.RUNS, filter, message);
    }

    @Test
    void eachKindOfEntityHasItsOwnRules() {
        assertRefused(SearchGrammar.EXPERIMENTS, "bogus", "Invalid clause(s) in filter string: bogus");
        assertRefused(
                SearchGrammar.EXPERIMENTS,
                "attributes.name = 'x'",
                "Invalid entity type 'attributes'. Valid entity types are ('attribute', 'tag', 'tags')");
        assertRefused(
                SearchGrammar.EXPERIMENTS, "experiment_id LIKE '1'", "Invalid comparator for experiment_id: LIKE");
        assertRefused(
                SearchGrammar.EXPERIMENTS,
                "creation_time > 5.5",
                "Invalid value for numeric attribute 'creation_time': '5.5'");
        assertRefused(SearchGrammar.REGISTERED_MODELS, "name > 'a'", "Invalid comparator for attribute: >");
        assertRefused(SearchGrammar.REGISTERED_MODELS, "tags.a > 'a'", "Invalid comparator for tag: >");
        assertRefused(SearchGrammar.REGISTERED_MODELS, "run_id = 'x'", "Invalid attribute key 'run_id' specified.");
        assertThat(one(SearchGrammar.MODEL_VERSIONS, "version_number = '7'").operand())
                .isEqualTo(new Operand.Whole(7));
        assertRefused(
                SearchGrammar.MODEL_VERSIONS,
                "version_number = 1.5",
                "Invalid value for numeric attribute 'version_number':");
        assertRefused(
                SearchGrammar.MODEL_VERSIONS,
                "source_path IN ('x')",
                "Only ['name', 'run_id'] attributes support comparison");
        assertThat(one(SearchGrammar.LOGGED_MODELS, "creation_time > 5").field().key())
                .isEqualTo("creation_timestamp_ms");
        assertThat(one(SearchGrammar.LOGGED_MODELS, "params.lr = 0.01").operand())
                .isEqualTo(new Operand.Text("0.01"));
        assertRefused(
                SearchGrammar.LOGGED_MODELS,
                "attribute.name = 'x'",
                "Invalid entity type: 'attribute'. Expected one of ['attributes', 'metrics', 'params', 'tags'].");
        assertRefused(
                SearchGrammar.LOGGED_MODELS,
                "bogus",
                "Invalid filter string: 'bogus'. Expected a list of comparisons separated by 'AND'");
        assertRefused(
                SearchGrammar.LOGGED_MODELS,
                "name > 'x'",
                "Invalid comparison operator for attributes.name: '>'. Expected one of ('=', '!=', 'LIKE', 'ILIKE',");
    }

    @Test
    void anOrderClauseIsAFieldAndADirection() {
        assertThat(SearchGrammar.RUNS.parseOrderBy("metrics.`a b` desc"))
                .isEqualTo(new OrderBy(new Field(FieldType.METRIC, "a b"), false));
        assertThat(SearchGrammar.RUNS.parseOrderBy("Created"))
                .isEqualTo(new OrderBy(new Field(FieldType.ATTRIBUTE, "start_time"), true));
        assertThat(SearchGrammar.REGISTERED_MODELS.parseOrderBy("timestamp ASC"))
                .isEqualTo(new OrderBy(new Field(FieldType.ATTRIBUTE, "last_updated_timestamp"), true));
        assertThat(SearchGrammar.LOGGED_MODELS.orderBy("metrics.a b", false))
                .isEqualTo(new OrderBy(new Field(FieldType.METRIC, "a b"), false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "start_time foo", "start_time ASC DESC", "start_time,end_time", "metrics.a-b", "'x'", "foo"})
    void whatIsNoOrderClauseIsRefused(String clause) {
        assertThatThrownBy(() -> SearchGrammar.RUNS.parseOrderBy(clause))
                .isInstanceOf(MlflowException.class)
                .extracting(e -> ((MlflowException) e).errorCode())
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
    }

    @Test
    void aFilterHasLimits() {
        assertRefused(SearchGrammar.RUNS, "x".repeat(500_001), "The filter has 500001 characters");
        String comparisons =
                IntStream.range(0, 201).mapToObj(i -> "metrics.a > " + i).collect(Collectors.joining(" AND "));
        assertRefused(SearchGrammar.RUNS, comparisons, "The filter has 201 comparisons");
        String list = "'x',".repeat(10_001);
        assertRefused(SearchGrammar.RUNS, "run_id IN (" + list + ")", "The filter has 10001 values in lists");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"(", "'", "`", "\"", "'\\", "((", ")(", "a.", "a-", "a.`", "/*", "--", "a.b-", "NOT ", "IN ("})
    void longRepetitionsAreReadInOnePass(String piece) {
        String filter = piece.repeat(400_000 / piece.length());
        for (SearchGrammar grammar : ALL) {
            assertThatThrownBy(() -> grammar.parseFilter(filter)).isInstanceOf(MlflowException.class);
        }
    }

    @Test
    void mutatedFiltersAreReadOrRefusedAndNothingElse() {
        List<String> seeds = List.of(
                "metrics.rmse < 1 AND tags.a LIKE '%x%'",
                "params.`a b` != \"it's\" AND run_id IN ('a', 'b') AND start_time >= 1700000000000",
                "datasets.name NOT IN ('a') AND tags.a IS NOT NULL AND attributes.`Run name` ILIKE '_x'",
                "name = 'm' AND version_number > 5 AND source_path LIKE 's3:%' AND tags.\"k\" = 'v'",
                "creation_timestamp > -1.5e10 AND params.lr = 0.01 -- c /* d */ ; (x)");
        String alphabet = "'\"`.,;()<>=!~-+*/\\%_ \t\n\0aZ09eE\u00e4\ud83d\ude00\ud800";
        Random random = new Random(20_261_124);
        int understood = 0;
        for (int i = 0; i < 120_000; i++) {
            StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
            for (int edits = random.nextInt(6); edits >= 0; edits--) {
                int at = random.nextInt(text.length() + 1);
                int to = Math.min(text.length(), at + random.nextInt(8));
                switch (random.nextInt(4)) {
                    case 0 -> text.delete(at, to);
                    case 1 -> text.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
                    case 2 -> text.insert(at, text.substring(at, to));
                    default -> text.insert(random.nextInt(text.length() + 1), text.substring(at, to));
                }
            }
            SearchGrammar grammar = ALL.get(i % ALL.size());
            try {
                grammar.parseFilter(text.toString());
                understood++;
            } catch (MlflowException e) {
                assertThat(e.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
            }
            try {
                grammar.parseOrderBy(text.toString());
            } catch (MlflowException e) {
                assertThat(e.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
            }
        }
        assertThat(understood).isPositive();
    }
}
