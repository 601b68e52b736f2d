package io.sparkmlflow.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.testing.Mutations;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Damaged filters and orders give conditions, or {@code INVALID_PARAMETER_VALUE}. */
class SearchFuzzTest {
    private static final List<SearchGrammar> GRAMMARS = List.of(
            SearchGrammar.RUNS,
            SearchGrammar.EXPERIMENTS,
            SearchGrammar.REGISTERED_MODELS,
            SearchGrammar.MODEL_VERSIONS,
            SearchGrammar.LOGGED_MODELS);

    private static final List<String> FILTERS = List.of(
            "metrics.rmse < 1 AND tags.a LIKE '%x%'",
            "metrics.`a b` >= -1.5e-3 and params.\"p.q\" != 'x' AND tag.`mlflow.user` ILIKE \"A_%\"",
            "attributes.run_id IN ('a', 'b', 'c') AND attribute.status = 'FINISHED' AND start_time > 1664067852747",
            "run_name NOT IN ('x') and end_time <= 0",
            "tags.team IS NULL AND tags.`other team` is not null",
            "dataset.name = 'train' AND datasets.digest = 'abc' AND dataset.context = 'train'",
            "name LIKE 'm%' AND tags.a = '1' AND creation_time > 1 AND last_update_time < 2",
            "name = 'it''s' AND version_number >= 3 AND run_id = 'r' AND source_path LIKE '/a%' AND aliases = 'champion'",
            "metrics.accuracy > 0.9 AND params.lr = '0.1' AND model_type = 'spark' AND creation_timestamp > 1",
            "metric.a = 1;",
            "");

    private static final List<String> ORDERS = List.of(
            "metrics.rmse DESC",
            "params.`a b` asc",
            "attributes.start_time",
            "tags.\"x.y\" Desc",
            "name",
            "version_number DESC",
            "creation_timestamp ASC");

    private static final List<String> WORDS = List.of(
            " AND ",
            " OR ",
            " NOT ",
            " IN ",
            " LIKE ",
            " ILIKE ",
            " IS NULL",
            " IS NOT NULL",
            " = ",
            " != ",
            " <> ",
            " >= ",
            "(",
            ")",
            "((",
            ",",
            "'",
            "\"",
            "`",
            "''",
            "\\",
            "--",
            "/*",
            "*/",
            "#",
            ";",
            "metrics.",
            "params.",
            "tags.",
            "attributes.",
            "datasets.",
            ".",
            " DESC",
            " ASC",
            " nulls first",
            "1e999",
            "-",
            "+",
            "0x1",
            "1_0",
            "NaN",
            "inf",
            "9".repeat(400),
            "null",
            "true",
            "%",
            "_",
            "[",
            "]",
            "{",
            "}",
            "::",
            "@",
            ":a",
            "?",
            "$1",
            "\n");

    @Test
    void readsDamagedFiltersOrRefusesThem() {
        new Mutations(FILTERS, WORDS).feed(text -> {
            SearchGrammar grammar = oneFor(text);
            refusingOrDone(() -> assertThat(grammar.parseFilter(text)).doesNotContainNull());
        });
    }

    @Test
    void readsDamagedOrdersOrRefusesThem() {
        new Mutations(ORDERS, WORDS).feed(text -> {
            SearchGrammar grammar = oneFor(text);
            refusingOrDone(() -> assertThat(grammar.parseOrderBy(text)).isNotNull());
            refusingOrDone(() -> assertThat(grammar.orderBy(text, true)).isNotNull());
        });
    }

    private static SearchGrammar oneFor(String text) {
        return GRAMMARS.get(Math.floorMod(text.hashCode(), GRAMMARS.size()));
    }

    private static void refusingOrDone(Runnable reader) {
        try {
            reader.run();
        } catch (MlflowException e) {
            assertThat(e.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
