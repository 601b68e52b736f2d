package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.evaluation.MulticlassClassificationEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.LinearRegression;
import org.apache.spark.ml.tuning.CrossValidator;
import org.junit.jupiter.api.Test;

/** What Python's autolog logged for the same estimators is a part of what we log: the same names, the same values. */
class AutologGoldenTest {
    static final Path GOLDEN = Path.of("src/test/resources/io/sparkmlflow/listener/autolog");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void aBareEstimator() throws IOException {
        JsonNode run = runs("linreg").get(0);
        LinearRegression regression = new LinearRegression()
                .setFeaturesCol("f2")
                .setLabelCol("sepal_length")
                .setMaxIter(3);

        assertDescribed(regression, run);
    }

    @Test
    void aPipelineThatFails() throws IOException {
        assertDescribed(
                pipeline(new LogisticRegression().setLabelCol("nope")),
                runs("failing_fit").get(0));
    }

    @Test
    void aSearchAndItsCandidates() throws IOException {
        List<JsonNode> runs = runs("crossvalidator");
        JsonNode parent = runs.stream()
                .filter(run -> tags(run).get("estimator_name").equals("CrossValidator"))
                .findFirst()
                .orElseThrow();
        CrossValidator search = search();

        assertDescribed(search, parent);
        assertThat(JSON.readTree(EstimatorDescription.of(search).infoJson()))
                .isEqualTo(JSON.readTree(
                        parent.at("/artifact_text/estimator_info.json").asText()));
        SearchDescription described = SearchDescription.of(search);
        assertThat(described.candidates()).hasSize(4);
        for (JsonNode child : runs) {
            if (child != parent) {
                assertThat(described.candidates())
                        .anySatisfy(candidate ->
                                assertThat(candidate.estimator().params()).containsAllEntriesOf(params(child)));
            }
        }
    }

    @Test
    void whatASearchFound() throws IOException {
        List<JsonNode> runs = runs("crossvalidator");
        JsonNode parent = runs.stream()
                .filter(run -> tags(run).get("estimator_name").equals("CrossValidator"))
                .findFirst()
                .orElseThrow();
        SearchDescription described = SearchDescription.of(search());
        List<SearchResult.Tried> tried = new ArrayList<>();
        for (SearchDescription.Candidate candidate : described.candidates()) {
            JsonNode child = runs.stream()
                    .filter(run -> run != parent
                            && candidate
                                    .estimator()
                                    .params()
                                    .entrySet()
                                    .containsAll(params(run).entrySet()))
                    .findFirst()
                    .orElseThrow();
            Map<String, Double> metrics = new LinkedHashMap<>();
            child.at("/data/metrics")
                    .forEach(metric -> metrics.put(
                            metric.get("key").asText(), metric.get("value").asDouble()));
            tried.add(new SearchResult.Tried(candidate.estimator(), candidate.map(), metrics));
        }

        SearchResult result = new SearchResult(tried, 0);

        assertThat(params(parent)).containsAllEntriesOf(result.bestParams());
        assertThat(JSON.readTree(result.bestParametersJson()))
                .isEqualTo(JSON.readTree(
                        parent.at("/artifact_text/best_parameters.json").asText()));
        // A param map of the JVM has no order, so the columns may stand in another one.
        List<String> lines =
                parent.at("/artifact_text/search_results.csv").asText().lines().toList();
        assertThat(result.csv().lines().toList()).hasSameSizeAs(lines);
        assertThat(result.csv().lines().findFirst().orElseThrow().split(","))
                .containsExactlyInAnyOrder(lines.get(0).split(","));
        assertThat(result.csv()).contains(",0.8600000000000001,0.006666666666666654,");
    }

    @Test
    void aFoldsDeviationIsThatOfNumpy() {
        // numpy.std([0.8, 0.9, 0.85])
        assertThat(SearchResult.metrics("f1", true, 0.85, List.of(0.8, 0.9, 0.85))
                        .get("std_f1"))
                .isCloseTo(0.040824829046386304, org.assertj.core.data.Offset.offset(1e-15));
    }

    @Test
    void anEvaluator() throws IOException {
        JsonNode info = JSON.readTree(
                runs("evaluator").get(0).at("/artifact_text/metric_info.json").asText());

        EvaluatorDescription accuracy =
                EvaluatorDescription.of(new MulticlassClassificationEvaluator().setMetricName("accuracy"));

        assertThat((JsonNode) accuracy.info()).isEqualTo(info.get("accuracy_te"));
        assertThat(accuracy.metricName()).isEqualTo("accuracy");
    }

    private static void assertDescribed(Estimator<?> estimator, JsonNode run) {
        EstimatorDescription description = EstimatorDescription.of(estimator);
        Map<String, String> expected = params(run);
        expected.keySet().removeIf(key -> key.startsWith("best_"));
        assertThat(description.params()).containsAllEntriesOf(expected);
        assertThat(tags(run)).containsAllEntriesOf(RunWriter.estimatorTags(description));
    }

    private static CrossValidator search() {
        LogisticRegression regression = new LogisticRegression().setMaxIter(3);
        return new CrossValidator()
                .setEstimator(pipeline(regression))
                .setEstimatorParamMaps(new ParamMap[] {
                    map(regression, 0.01, 0.0),
                    map(regression, 0.01, 0.5),
                    map(regression, 0.1, 0.0),
                    map(regression, 0.1, 0.5)
                })
                .setEvaluator(new MulticlassClassificationEvaluator().setMetricName("accuracy"))
                .setNumFolds(2)
                .setSeed(1);
    }

    /** In the order of Python's ParamGridBuilder, which is another one in the JVM. */
    private static ParamMap map(LogisticRegression regression, double regParam, double elasticNetParam) {
        return new ParamMap().put(regression.regParam(), regParam).put(regression.elasticNetParam(), elasticNetParam);
    }

    private static Pipeline pipeline(LogisticRegression regression) {
        VectorAssembler assembler = new VectorAssembler()
                .setInputCols(new String[] {"sepal_length", "sepal_width", "petal_length", "petal_width"})
                .setOutputCol("features");
        return new Pipeline().setStages(new PipelineStage[] {assembler, regression});
    }

    private static List<JsonNode> runs(String name) throws IOException {
        List<JsonNode> runs = new ArrayList<>();
        JSON.readTree(GOLDEN.resolve(name + ".json").toFile()).get("runs").forEach(runs::add);
        return runs;
    }

    private static Map<String, String> params(JsonNode run) {
        return pairs(run.at("/data/params"));
    }

    private static Map<String, String> tags(JsonNode run) {
        return pairs(run.at("/data/tags"));
    }

    private static Map<String, String> pairs(JsonNode list) {
        Map<String, String> pairs = new TreeMap<>();
        list.forEach(
                pair -> pairs.put(pair.get("key").asText(), pair.get("value").asText()));
        return pairs;
    }
}
