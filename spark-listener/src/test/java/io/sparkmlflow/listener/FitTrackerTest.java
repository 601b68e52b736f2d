package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.feature.StringIndexer;
import org.apache.spark.ml.param.ParamMap;
import org.junit.jupiter.api.Test;

class FitTrackerTest {
    private final FitTracker tracker = new FitTracker();
    private final StringIndexer indexer = new StringIndexer();
    private final LogisticRegression regression = new LogisticRegression();
    private final Pipeline inner = new Pipeline().setStages(new PipelineStage[] {regression});
    private final Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {indexer, inner});

    @Test
    void tellsTheOutermostFitOnly() {
        assertThat(tracker.started(pipeline, null)).isPresent();
        assertThat(tracker.started(indexer, null)).isEmpty();
        assertThat(tracker.ended(indexer)).isEmpty();
        assertThat(tracker.started(inner, null)).isEmpty();
        assertThat(tracker.started(regression, null)).isEmpty();
        assertThat(tracker.ended(regression)).isEmpty();
        assertThat(tracker.ended(inner)).isEmpty();

        assertThat(tracker.ended(pipeline)).isPresent();
    }

    @Test
    void keepsParallelFitsOfCopiesApart() {
        Pipeline copy = pipeline.copy(ParamMap.empty());
        tracker.started(pipeline, null);
        tracker.started(copy, null);

        assertThat(tracker.ended(copy))
                .hasValueSatisfying(fit -> assertThat(fit.estimator()).isSameAs(copy));
        assertThat(tracker.ended(pipeline)).isPresent();
        assertThat(tracker.ended(pipeline)).isEmpty();
    }
}
