package io.sparkmlflow.listener;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;

/**
 * A pipeline that Python fits stage by stage, as the JVM's {@code Pipeline} would be.
 *
 * @param estimator with the same stages; it has the same uid whenever the last of them has
 * @param before the transformers and feature models that were applied before the last estimator, as they were then
 * @param input what the first of them was given
 */
record PythonPipeline(Pipeline estimator, List<Transformer> before, Dataset<?> input) {

    static PythonPipeline of(List<Transformer> before, Estimator<?> last, Dataset<?> input) {
        PipelineStage[] stages = Stream.concat(before.stream().map(PythonPipeline::originOf), Stream.of(last))
                .toArray(PipelineStage[]::new);
        String suffix = last.uid().substring(last.uid().lastIndexOf('_') + 1);
        Pipeline pipeline = new Pipeline("Pipeline_" + suffix);
        pipeline.setStages(stages);
        // Python may set other params while the model is still being saved.
        return new PythonPipeline(
                pipeline, before.stream().map(PythonPipeline::copy).toList(), input);
    }

    /** Returns the stage of a pipeline that a transformer comes from: for a fitted model, what it was fitted by. */
    static PipelineStage originOf(Transformer transformer) {
        return transformer instanceof Model<?> model && model.parent() != null ? model.parent() : transformer;
    }

    private static Transformer copy(Transformer stage) {
        return stage.copy(new ParamMap());
    }

    /** Returns the fitted pipeline. */
    PipelineModel fitted(Transformer last) {
        Transformer[] stages = Stream.concat(before.stream(), Stream.of(last)).toArray(Transformer[]::new);
        return new PipelineModel("PipelineModel_" + estimator.uid().substring("Pipeline_".length()), stages);
    }
}
