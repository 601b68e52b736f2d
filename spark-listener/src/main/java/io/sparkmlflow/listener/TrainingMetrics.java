package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Metric;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.ml.util.HasTrainingSummary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a fitted model's summary already holds about its training. Only accessors that start no Spark job are asked; each was
 * counted to start none.
 */
final class TrainingMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingMetrics.class);

    private static final String HISTORY = "objectiveHistory";
    private static final List<String> SCALARS = List.of(
            "totalIterations",
            "numIter",
            "r2",
            "r2adj",
            "rootMeanSquaredError",
            "meanAbsoluteError",
            "meanSquaredError",
            "explainedVariance",
            "numInstances",
            "degreesOfFreedom",
            "deviance",
            "dispersion",
            "rank",
            "trainingCost",
            "logLikelihood");

    private TrainingMetrics() {}

    /**
     * Returns the metrics {@code training_<accessor>} of a model's summary, or of the summaries of a pipeline's stages; {@code
     * training_objectiveHistory} has a point for each iteration.
     *
     * @param time milliseconds since the epoch, for every point
     */
    static List<Metric> of(Transformer model, long time) {
        List<Object> summaries = new ArrayList<>();
        collect(model, summaries);
        List<Metric> metrics = new ArrayList<>();
        for (int i = 0; i < summaries.size(); i++) {
            String prefix = "training_" + (summaries.size() > 1 ? (i + 1) + "_" : "");
            add(summaries.get(i), prefix, time, metrics);
        }
        return metrics;
    }

    private static void collect(Transformer model, List<Object> summaries) {
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                collect(stage, summaries);
            }
        } else if (model instanceof CrossValidatorModel search) {
            collect(search.bestModel(), summaries);
        } else if (model instanceof TrainValidationSplitModel search) {
            collect(search.bestModel(), summaries);
        } else if (model instanceof HasTrainingSummary<?> trained && trained.hasSummary()) {
            summaries.add(trained.summary());
        }
    }

    private static void add(Object summary, String prefix, long time, List<Metric> metrics) {
        if (call(summary, HISTORY) instanceof double[] history) {
            for (int step = 0; step < history.length; step++) {
                metrics.add(new Metric(prefix + HISTORY, history[step], time, step));
            }
        }
        for (String accessor : SCALARS) {
            if (call(summary, accessor) instanceof Number value) {
                metrics.add(new Metric(prefix + accessor, value.doubleValue(), time, 0));
            }
        }
    }

    private static Object call(Object summary, String accessor) {
        try {
            Method method = summary.getClass().getMethod(accessor);
            return method.invoke(summary);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            LOG.debug("{} has no {} here", summary.getClass().getName(), accessor, e);
            return null;
        }
    }
}
