package io.sparkmlflow.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.testing.Mutations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Damaged files give a value that can be written and read again, or {@code INVALID_PARAMETER_VALUE}. */
class ModelFormatFuzzTest {
    /** Most inputs are shorter, so that many are read in little time. */
    private static final int SHORT = 200;

    private static final List<String> YAML_WORDS = List.of(
            "- ",
            ": ",
            "? ",
            "\n",
            "\n  ",
            "\n- ",
            "  ",
            "[",
            "]",
            "{",
            "}",
            "&a ",
            "*a",
            "!!int ",
            "!!float ",
            "!!binary ",
            "!!set ",
            "!!map ",
            "!!seq ",
            "!!str ",
            "!!null ",
            "!!timestamp ",
            "!!python/object:x ",
            "!x ",
            "<<: *a\n",
            "|\n",
            ">-\n",
            "---\n",
            "...\n",
            "%YAML 1.1\n",
            "'",
            "\"",
            "\\x",
            "\\u",
            "# ",
            "null",
            "~",
            "0x_",
            "0b_",
            "1:60",
            ".inf",
            "2026-02-30",
            "2026-11-23 25:61:00",
            "1e999",
            "9".repeat(400),
            "flavors:\n",
            "signature:\n",
            "  inputs: ");
    private static final List<String> JSON_WORDS = List.of(
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "null",
            "true",
            "false",
            "-1",
            "1e999",
            "NaN",
            "-Infinity",
            "9".repeat(1200),
            "\"\"",
            "\"type\"",
            "\"name\"",
            "\"required\"",
            "\"items\"",
            "\"values\"",
            "\"properties\"",
            "\"tensor-spec\"",
            "\"dtype\"",
            "\"shape\"",
            "\"default\"",
            "\"array\"",
            "\"object\"",
            "\"map\"",
            "\"any\"",
            "\"tensor\"",
            "\"double\"",
            "\"string\"",
            "{\"type\": \"array\", \"items\": ",
            "{\"type\": \"map\", \"values\": ",
            "\\ud800",
            "\\u0000",
            "//");

    @Test
    void readsDamagedModelFilesOrRefusesThem() throws IOException {
        List<String> corpus = new ArrayList<>();
        for (String model : GoldenFiles.MODELS) {
            corpus.add(GoldenFiles.text(model + "/MLmodel"));
        }
        for (JsonNode pair : GoldenFiles.json("yaml.json")) {
            if (pair.get(1).asText().length() < SHORT) {
                corpus.add(pair.get(1).asText());
            }
        }
        new Mutations(corpus, YAML_WORDS).feed(refusingOrDone(text -> {
            MlModel model = MlModel.parse(text);
            String written = model.toYaml();
            if (text.hashCode() % 4 == 0) {
                assertThat(MlModel.parse(written).toYaml()).isEqualTo(written);
            }
            model.flavorNames().forEach(model::flavor);
            model.signature().ifPresent(model::setSignature);
            model.text("run_id");
        }));
    }

    @Test
    void readsDamagedSignaturesOrRefusesThem() throws IOException {
        List<String> corpus = new ArrayList<>();
        for (JsonNode entry : GoldenFiles.json("signatures.json")) {
            corpus.add(entry.path("json").asText());
        }
        new Mutations(corpus, JSON_WORDS).feed(refusingOrDone(text -> {
            if (text.contains("default")) {
                List<ParamSpec> params = SignatureJson.paramsFromJson(text);
                assertThat(SignatureJson.paramsFromJson(SignatureJson.paramsToJson(params)))
                        .isEqualTo(params);
            } else {
                List<ColumnSpec> columns = SignatureJson.columnsFromJson(text);
                new ModelSignature(columns, columns, List.of());
                assertThat(SignatureJson.columnsFromJson(SignatureJson.columnsToJson(columns)))
                        .isEqualTo(columns);
            }
        }));
    }

    private static Consumer<String> refusingOrDone(Consumer<String> reader) {
        return text -> {
            try {
                reader.accept(text);
            } catch (MlflowException e) {
                assertThat(e.errorCode()).isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
                assertThat(e.getMessage()).isNotBlank();
            }
        };
    }
}
