package io.sparkmlflow.listener;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;

/**
 * The one place where the outermost fits are told, whether instrumented classes or Spark's events saw them. Copies what may
 * change while the fit goes on, and does nothing else.
 */
final class FitObserver {
    private static final String MODEL = "model";
    private static final String BEST_MODEL = "best_model";

    private final FactQueue queue;
    private final ModelSaver saver;
    private final PythonSearches pythonSearches = new PythonSearches();
    private final LoggedBatches loggedBatches = new LoggedBatches();

    FitObserver(FactQueue queue, ModelSaver saver) {
        this.queue = queue;
        this.saver = saver;
    }

    /**
     * Tells that a fit began.
     *
     * @param dataset may be {@code null} if it is not known
     * @param targetRun the run that the user sends this work to, or {@code null}
     * @param batch the micro-batch that this is done for, or {@code null}
     */
    OpenFit started(Estimator<?> estimator, Dataset<?> dataset, String targetRun, MicroBatch batch) {
        return started(estimator, dataset, targetRun, batch, System.currentTimeMillis());
    }

    /**
     * Tells that a fit has begun.
     *
     * @param time when, in milliseconds since the epoch
     */
    OpenFit started(Estimator<?> estimator, Dataset<?> dataset, String targetRun, MicroBatch batch, long time) {
        return started(estimator, dataset, List.of(), targetRun, batch, time);
    }

    /** Tells that a pipeline in Python fits its last estimator. */
    OpenFit started(PythonPipeline pipeline, String targetRun, MicroBatch batch) {
        return started(pipeline, targetRun, batch, System.currentTimeMillis());
    }

    /**
     * Tells that a pipeline in Python has begun to fit its last estimator.
     *
     * @param time when, in milliseconds since the epoch
     */
    OpenFit started(PythonPipeline pipeline, String targetRun, MicroBatch batch, long time) {
        return started(pipeline.estimator(), pipeline.input(), pipeline.before(), targetRun, batch, time);
    }

    private OpenFit started(
            Estimator<?> estimator,
            Dataset<?> dataset,
            List<Transformer> before,
            String targetRun,
            MicroBatch batch,
            long now) {
        EstimatorDescription description = EstimatorDescription.of(estimator);
        SearchDescription search = SearchDescription.of(estimator);
        PythonSearches.Part part = pythonSearches.partOf(estimator, description, dataset);
        boolean keepsModel = dataset != null && (part == null || part.isRefit());
        boolean isLogged = batch == null || loggedBatches.contains(batch, now);
        OpenFit fit = new OpenFit(estimator, description, dataset, search != null, part != null, keepsModel, isLogged);
        if (isLogged) {
            queue.add(new Fact.FitStarted(
                    fit.fitId(), now, description, search, part, dataset, before, targetRun, batch));
        }
        return fit;
    }

    /** Returns whether a search in Python has tried an estimator as it is, and has still to fit its best one. */
    boolean isTried(Estimator<?> estimator) {
        return pythonSearches.isTried(estimator);
    }

    void ended(OpenFit fit, Transformer model) {
        if (!fit.isLogged()) {
            return;
        }
        boolean modelFollows = fit.keepsModel() && saver.accepts(model);
        queue.add(new Fact.FitEnded(
                fit.fitId(),
                System.currentTimeMillis(),
                model,
                modelFollows,
                fit.values(),
                fit.foldMetrics(),
                fit.featuresColumn()));
        if (modelFollows) {
            saver.save(fit.fitId(), models(fit, model), fit.dataset());
        }
    }

    /** A search has its best model besides, as in Python. Of a search in Python the best model is all that the JVM knows. */
    private static Map<String, Transformer> models(OpenFit fit, Transformer model) {
        Map<String, Transformer> models = new LinkedHashMap<>();
        models.put(MODEL, model);
        if (model instanceof CrossValidatorModel search) {
            models.put(BEST_MODEL, search.bestModel());
        } else if (model instanceof TrainValidationSplitModel search) {
            models.put(BEST_MODEL, search.bestModel());
        } else if (fit.isPythonSearch()) {
            models.put(BEST_MODEL, model);
        }
        return models;
    }

    void failed(OpenFit fit) {
        if (fit.isLogged()) {
            queue.add(new Fact.FitFailed(fit.fitId(), System.currentTimeMillis(), fit.values()));
        }
    }
}
