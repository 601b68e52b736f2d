package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.config.MlflowConfig;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.param.ParamMap;
import org.junit.jupiter.api.Test;

class EventFitsTest {
    private final FactQueue queue = new FactQueue(100);
    private final EventFits fits =
            new EventFits(new FitObserver(queue, new ModelSaver(queue, MlflowConfig.of(key -> null, Map.of()))));
    private final StringIndexer indexer = new StringIndexer();
    private final LogisticRegression regression = new LogisticRegression();
    private final Pipeline inner = new Pipeline().setStages(new PipelineStage[] {regression});
    private final Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, inner});
    private final Transformer model = new PipelineModel("fitted", new Transformer[0]);

    @Test
    void tellsTheOutermostFitOnly() throws InterruptedException {
        fits.started(pipeline, null);
        fits.started(indexer, null);
        fits.ended(indexer, model);
        fits.started(inner, null);
        fits.started(regression, null);
        fits.ended(regression, model);
        fits.ended(inner, model);
        fits.ended(pipeline, model);

        assertThat(queue.take()).isInstanceOfSatisfying(Fact.FitStarted.class, fact -> assertThat(
                        fact.estimator().name())
                .isEqualTo("Pipeline"));
        assertThat(queue.take()).isInstanceOfSatisfying(Fact.FitEnded.class, fact -> assertThat(fact.model())
                .isSameAs(model));
        assertThat(queue.size()).isZero();
    }

    @Test
    void keepsParallelFitsOfCopiesApart() throws InterruptedException {
        Pipeline copy = pipeline.copy(ParamMap.empty());
        fits.started(pipeline, null);
        fits.started(copy, null);
        String first = ((Fact.FitStarted) queue.take()).fitId();
        String second = ((Fact.FitStarted) queue.take()).fitId();

        fits.ended(copy, model);
        fits.ended(pipeline, model);
        fits.ended(pipeline, model);

        assertThat(((Fact.FitEnded) queue.take()).fitId()).isEqualTo(second);
        assertThat(((Fact.FitEnded) queue.take()).fitId()).isEqualTo(first);
        assertThat(queue.size()).isZero();
    }
}
