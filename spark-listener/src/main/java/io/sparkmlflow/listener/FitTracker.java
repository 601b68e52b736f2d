package io.sparkmlflow.listener;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.ml.Estimator;
import org.apache.spark.sql.Dataset;

/**
 * Pairs Spark's fit events, which carry no id, and keeps the outermost fits: what a pipeline fits inside its own {@code fit} is
 * told by the pipeline. Used by the bus thread alone.
 */
final class FitTracker {
    private final List<OpenFit> open = new ArrayList<>();

    /**
     * A fit that has begun.
     *
     * @param uids the estimator's uid and those of what it fits inside
     */
    record OpenFit(String fitId, Estimator<?> estimator, Set<String> uids, Dataset<?> dataset) {}

    /** Notes that a fit began. Returns the fact to tell, or nothing if it is part of another fit. */
    Optional<Fact> started(Estimator<?> estimator, Dataset<?> dataset) {
        if (open.stream().anyMatch(fit -> isPartOf(fit, estimator))) {
            return Optional.empty();
        }
        EstimatorDescription description = EstimatorDescription.of(estimator);
        OpenFit fit = new OpenFit(UUID.randomUUID().toString(), estimator, description.uids(), dataset);
        open.add(fit);
        return Optional.of(new Fact.FitStarted(fit.fitId(), System.currentTimeMillis(), description, dataset));
    }

    /** Notes that a fit ended. Returns it, or nothing if it was part of another fit. */
    Optional<OpenFit> ended(Estimator<?> estimator) {
        for (Iterator<OpenFit> fits = open.iterator(); fits.hasNext(); ) {
            OpenFit fit = fits.next();
            if (fit.estimator() == estimator) {
                fits.remove();
                return Optional.of(fit);
            }
        }
        return Optional.empty();
    }

    private static boolean isPartOf(OpenFit fit, Estimator<?> estimator) {
        // Parallel fits of copies share their uid: the same uid at the top is another fit, not a part of this one.
        return fit.uids().contains(estimator.uid()) && !fit.estimator().uid().equals(estimator.uid());
    }
}
