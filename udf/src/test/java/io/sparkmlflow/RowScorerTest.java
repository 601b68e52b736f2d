package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.mllib.SparkSignatures;
import io.sparkmlflow.model.ModelSignature;
import io.sparkmlflow.udf.ModelExpressionException;
import io.sparkmlflow.udf.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows without Spark, as programs and servers have them. */
class RowScorerTest {
    @TempDir
    static Path folder;

    private static PipelineModel model;
    private static String uri;
    private static RowScorer scorer;

    @BeforeAll
    static void saveAndLoad() {
        model = TestModels.countedText();
        ModelSignature signature = SparkSignatures.infer(
                        TestModels.session(), model, TestModels.training().schema())
                .orElseThrow();
        Path saved = folder.resolve("model");
        SparkFlavor.save(TestModels.session(), model, saved, signature, "/tmp");
        uri = saved.toString();
        scorer = RowScorer.load(uri);
    }

    @Test
    void aRowMayBeAMapAListJsonOrARow() {
        Row expected = model.transform(TestModels.training())
                .select("text", "prediction", "probability")
                .first();
        String text = expected.getString(0);

        assertThat(scorer.inputNames()).containsExactly("text");
        assertThat(scorer.predict(Map.of("text", text, "other", 1))).isEqualTo(expected.get(1));
        assertThat(scorer.predict(List.of(text))).isEqualTo(expected.get(1));
        assertThat(scorer.predict(RowFactory.create(text))).isEqualTo(expected.get(1));
        assertThat(scorer.predict(TestModels.training().first())).isEqualTo(expected.get(1));
        assertThat(scorer.predictJson("{\"text\": \"" + text + "\"}")).isEqualTo(expected.get(1));
        assertThat(scorer.predictJson("[\"" + text + "\"]")).isEqualTo(expected.get(1));
        assertThat(scorer.predictAll(List.of(Map.of("text", text), Map.of("text", text))))
                .containsExactly(expected.get(1), expected.get(1));
        Map<String, Object> outputs = scorer.score(Map.of("text", text));
        assertThat(outputs.get("probability")).isEqualTo(expected.get(2)).isInstanceOf(Vector.class);
        assertThat(outputs.get("words")).isEqualTo(Arrays.asList(text.split(" ")));
    }

    @Test
    void columnsMayBeGivenByTheCaller() {
        RowScorer typed = RowScorer.load(uri, "id BIGINT, text STRING");

        assertThat(typed.predict(Arrays.asList(null, "good line"))).isEqualTo(scorer.predict(List.of("good line")));
    }

    @Test
    void aRowThatDoesNotFitIsRefusedInOneSentence() {
        assertThatThrownBy(() -> scorer.predict(Map.of("txt", "x")))
                .isInstanceOf(ModelExpressionException.class)
                .hasMessage("The model " + uri
                        + " needs the column text, which the row doesn't give; given: [txt]; not given: "
                        + scorer.inputNames())
                .hasMessageContaining("[text]");
        assertThatThrownBy(() -> scorer.predict(Map.of("text", 5)))
                .hasMessageContaining("the column text: it is 5 (Integer), expected string");
        assertThatThrownBy(() -> scorer.predict(List.of("a", "b"))).hasMessageContaining("takes 1 values (text)");
        assertThatThrownBy(() -> scorer.predictJson("{")).hasMessageStartingWith("The row is not JSON: ");
        Map<String, Object> none = new HashMap<>();
        none.put("text", null);
        assertThatThrownBy(() -> scorer.predict(none))
                .hasMessageStartingWith("The model " + uri + " can't score this row: ");
    }

    /** In a process that has no Spark before, and none after loading. */
    @Test
    void scoringNeedsNoSpark() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-XX"))
                .forEach(command::add);
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        command.addAll(List.of("-Xmx1g", "-cp", path, Alone.class.getName(), uri, "good line again"));
        Path printed = folder.resolve("printed");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .directory(folder.toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();

        assertThat(Files.readString(printed, StandardCharsets.UTF_8))
                .contains("scored " + scorer.score(List.of("good line again")) + " with null");
    }

    static final class Alone {
        public static void main(String[] arguments) {
            RowScorer scorer = RowScorer.load(arguments[0]);
            System.out.println(
                    "scored " + scorer.score(List.of(arguments[1])) + " with " + org.apache.spark.SparkEnv.get());
        }
    }
}
