package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.junit.jupiter.api.Test;

class EstimatorDescriptionTest {
    private static final VectorAssembler ASSEMBLER = new VectorAssembler()
            .setInputCols(new String[] {"sepal_length", "sepal_width", "petal_length", "petal_width"})
            .setOutputCol("features");

    @Test
    void describesAPipelineWithTheWordsOfPythonsAutolog() throws IOException {
        JsonNode run = new ObjectMapper()
                .readTree(AutologGoldenTest.GOLDEN.resolve("lr_pipeline.json").toFile())
                .at("/runs/0");

        EstimatorDescription description = EstimatorDescription.of(
                pipeline(ASSEMBLER, new LogisticRegression().setMaxIter(5).setRegParam(0.01)));

        for (JsonNode param : run.at("/data/params")) {
            assertThat(description.params())
                    .containsEntry(param.get("key").asText(), param.get("value").asText());
        }
        assertThat(description.infoJson())
                .isEqualTo(run.at("/artifact_text/estimator_info.json").asText());
        assertThat(description.name()).isEqualTo("Pipeline");
        assertThat(description.className()).isEqualTo("pyspark.ml.pipeline.Pipeline");
    }

    @Test
    void numbersStagesOfTheSameClass() {
        StringIndexer first = new StringIndexer().setInputCol("a").setOutputCol("ai");
        StringIndexer second = new StringIndexer().setInputCol("b").setOutputCol("bi");

        EstimatorDescription description = EstimatorDescription.of(pipeline(first, second));

        assertThat(description.params())
                .containsEntry("stages", "['StringIndexer_1', 'StringIndexer_2']")
                .containsEntry("StringIndexer_1.inputCol", "a")
                .containsEntry("StringIndexer_2.inputCol", "b");
    }

    @Test
    void describesAnEstimatorInsideAnother() {
        EstimatorDescription description =
                EstimatorDescription.of(new OneVsRest().setClassifier(new LogisticRegression().setMaxIter(3)));

        assertThat(description.className()).isEqualTo("pyspark.ml.classification.OneVsRest");
        assertThat(description.params())
                .containsEntry("classifier", "LogisticRegression")
                .containsEntry("LogisticRegression.maxIter", "3");
    }

    private static Pipeline pipeline(PipelineStage... stages) {
        return new Pipeline().setStages(stages);
    }
}
