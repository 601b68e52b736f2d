package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;

/**
 * An evaluator as it is when it evaluates.
 *
 * @param name its class's simple name
 * @param metricName what it computes, e.g. {@code areaUnderROC}
 * @param largerIsBetter whether a larger value is better
 * @param params its params as Python's {@code str} writes them
 * @param info its entry in {@code metric_info.json}
 */
record EvaluatorDescription(
        String name, String metricName, boolean largerIsBetter, Map<String, String> params, ObjectNode info) {
    static EvaluatorDescription of(Evaluator evaluator) {
        Map<String, String> params = new LinkedHashMap<>();
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        for (Param<?> param : evaluator.params()) {
            if (evaluator.isDefined(param)) {
                Object value = evaluator.getOrDefault(param);
                params.put(param.name(), PythonRepr.str(value));
                values.set(param.name(), JsonValues.of(value, Map.of()));
            }
        }
        String name = evaluator.getClass().getSimpleName();
        ObjectNode info = JsonNodeFactory.instance.objectNode();
        info.put("evaluator_class", PythonNames.ofClass(evaluator.getClass()));
        info.set("params", values);
        return new EvaluatorDescription(
                name, params.getOrDefault("metricName", name), evaluator.isLargerBetter(), params, info);
    }
}
