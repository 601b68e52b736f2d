package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamPair;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.ValidatorParams;

/**
 * What a {@code CrossValidator} or {@code TrainValidationSplit} tries.
 *
 * @param evaluator what it compares by
 * @param hasFolds whether each candidate is evaluated more than once
 * @param candidates in the order of {@code estimatorParamMaps}
 */
record SearchDescription(EvaluatorDescription evaluator, boolean hasFolds, List<Candidate> candidates) {

    /**
     * A param map that is tried.
     *
     * @param key the map's text, by which Spark's own notes name it
     * @param map what it sets, e.g. {@code {"LogisticRegression.regParam": 0.01}}
     * @param estimator the estimator with this map
     */
    record Candidate(String key, ObjectNode map, EstimatorDescription estimator) {}

    /** Describes a search; returns {@code null} for another estimator. */
    static SearchDescription of(Estimator<?> estimator) {
        if (!(estimator instanceof ValidatorParams search)) {
            return null;
        }
        Map<String, String> names = EstimatorDescription.names(estimator);
        List<Candidate> candidates = new ArrayList<>();
        for (ParamMap map : search.getEstimatorParamMaps()) {
            candidates.add(new Candidate(
                    map.toString(),
                    describe(map, names),
                    EstimatorDescription.of(search.getEstimator().copy(map))));
        }
        return new SearchDescription(
                EvaluatorDescription.of(search.getEvaluator()), estimator instanceof CrossValidator, candidates);
    }

    /** A param map has no order of its own: by stage, then by name. */
    static ObjectNode describe(ParamMap map, Map<String, String> names) {
        List<String> order = List.copyOf(names.keySet());
        List<ParamPair<?>> pairs = new ArrayList<>(io.sparkmlflow.mllib.ScalaInterop.list(map.toSeq()));
        pairs.sort(Comparator.<ParamPair<?>>comparingInt(
                        pair -> order.indexOf(pair.param().parent()))
                .thenComparing(pair -> pair.param().name()));
        ObjectNode described = JsonNodeFactory.instance.objectNode();
        for (ParamPair<?> pair : pairs) {
            String stage =
                    names.getOrDefault(pair.param().parent(), pair.param().parent());
            described.set(stage + "." + pair.param().name(), JsonValues.of(pair.value(), names));
        }
        return described;
    }
}
