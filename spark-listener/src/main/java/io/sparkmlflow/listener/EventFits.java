package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;

/**
 * Fits as Spark's events tell them: those of JVM pipelines, without an id, a thread or a failure. Pairs starts with ends, and
 * keeps the outermost fits: what a pipeline fits inside its own {@code fit} is told by the pipeline. Used by the bus thread
 * alone.
 */
final class EventFits {
    private final FitObserver observer;
    private final List<OpenFit> open = new ArrayList<>();

    EventFits(FitObserver observer) {
        this.observer = observer;
    }

    void started(Estimator<?> estimator, Dataset<?> dataset) {
        if (open.stream().noneMatch(fit -> isPartOf(fit, estimator))) {
            open.add(observer.started(estimator, dataset, null, null));
        }
    }

    void ended(Estimator<?> estimator, Transformer model) {
        for (Iterator<OpenFit> fits = open.iterator(); fits.hasNext(); ) {
            OpenFit fit = fits.next();
            if (fit.estimator() == estimator) {
                fits.remove();
                observer.ended(fit, model);
                return;
            }
        }
    }

    private static boolean isPartOf(OpenFit fit, Estimator<?> estimator) {
        // Parallel fits of copies share their uid: the same uid at the top is another fit, not a part of this one.
        return fit.nameOf(estimator) != null && !fit.estimator().uid().equals(estimator.uid());
    }
}
