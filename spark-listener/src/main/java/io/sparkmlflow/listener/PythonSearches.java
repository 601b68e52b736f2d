package io.sparkmlflow.listener;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.ml.Estimator;
import org.apache.spark.sql.Dataset;

/**
 * Recognizes which fits belong to a search that runs in Python: the JVM sees each of them by itself. PySpark splits the data by a
 * column that it names after the search; afterwards it fits the best candidate on everything, without that column.
 */
final class PythonSearches {
    private static final Pattern FOLD_COLUMN =
            Pattern.compile("((CrossValidator|TrainValidationSplit)_[0-9a-f]{12,})_rand");

    private final Map<String, Tried> triedByEstimator = new HashMap<>();

    /**
     * A part of a search in Python.
     *
     * @param uid the search's uid
     * @param kind its class's simple name
     * @param isRefit whether the best candidate is fitted on everything, or else a candidate on a fold
     */
    record Part(String uid, String kind, boolean isRefit) {}

    private record Tried(Part part, Set<Map<String, String>> params) {}

    /** Returns the search by whose folds a frame was split, or {@code null}. */
    static Part foldOf(Dataset<?> dataset) {
        for (String column : dataset.schema().fieldNames()) {
            Matcher matcher = FOLD_COLUMN.matcher(column);
            if (matcher.matches()) {
                return new Part(matcher.group(1), matcher.group(2), false);
            }
        }
        return null;
    }

    /** Returns whether a search has tried an estimator as it is, and has not fitted its best one on everything yet. */
    synchronized boolean isTried(Estimator<?> estimator) {
        Tried tried = triedByEstimator.get(estimator.uid());
        return tried != null
                && tried.params().contains(EstimatorDescription.of(estimator).params());
    }

    /** Returns what a fit that begins is a part of, or {@code null}. */
    synchronized Part partOf(Estimator<?> estimator, EstimatorDescription description, Dataset<?> dataset) {
        Part fold = dataset == null ? null : foldOf(dataset);
        if (fold != null) {
            Tried tried = triedByEstimator.get(estimator.uid());
            if (tried == null || !tried.part().equals(fold)) {
                tried = new Tried(fold, new HashSet<>());
                triedByEstimator.put(estimator.uid(), tried);
            }
            tried.params().add(description.params());
            return fold;
        }
        Tried tried = triedByEstimator.get(estimator.uid());
        if (tried == null || !tried.params().contains(description.params())) {
            return null;
        }
        triedByEstimator.remove(estimator.uid());
        return new Part(tried.part().uid(), tried.part().kind(), true);
    }
}
