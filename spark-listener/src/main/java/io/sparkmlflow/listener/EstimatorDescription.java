package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.model.PythonJson;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.tuning.ValidatorParams;

/**
 * An estimator in the words of Python's {@code mlflow.pyspark.ml.autolog}: the same params with the same names and values.
 *
 * @param name its class's simple name, e.g. {@code Pipeline}
 * @param className the class as PySpark calls it, e.g. {@code pyspark.ml.pipeline.Pipeline}
 * @param params every param that is set or has a default; those of stages as {@code <stage name>.<param>}, where a stage name
 *     is its class name, numbered if the class occurs more than once
 * @param infoJson the text of {@code estimator_info.json}
 * @param names what it and all that it holds are called, by uid, itself first
 */
record EstimatorDescription(
        String name, String className, Map<String, String> params, String infoJson, Map<String, String> names) {
    /** Params that hold whole grids of params: told as child runs, not as a value. */
    private static final Set<String> NOT_A_VALUE = Set.of("estimatorParamMaps");

    static EstimatorDescription of(Estimator<?> estimator) {
        Map<String, String> names = names(estimator);
        Map<String, String> params = new LinkedHashMap<>();
        addParams(estimator, "", names, params);
        ObjectNode info = JsonNodeFactory.instance.objectNode();
        info.set("hierarchy", hierarchy(estimator, names));
        if (estimator instanceof ValidatorParams search) {
            info.set(names.get(estimator.uid()), searchInfo(search, names));
        }
        return new EstimatorDescription(
                estimator.getClass().getSimpleName(),
                PythonNames.ofClass(estimator.getClass()),
                params,
                PythonJson.indented(info),
                names);
    }

    /** Returns whether its params are those of its stages, with their names before them. */
    boolean isPipeline() {
        return params.containsKey("stages");
    }

    /** Returns what an estimator and all that it holds are called, by uid. */
    static Map<String, String> names(Params root) {
        List<Params> all = new ArrayList<>();
        collect(root, all);
        Map<String, Long> occurrences =
                all.stream().collect(Collectors.groupingBy(EstimatorDescription::simpleName, Collectors.counting()));
        Map<String, Integer> counters = new LinkedHashMap<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (Params params : all) {
            String name = simpleName(params);
            if (names.containsKey(params.uid())) {
                continue;
            }
            int number = counters.merge(name, 1, Integer::sum);
            names.put(params.uid(), occurrences.get(name) > 1 ? name + "_" + number : name);
        }
        return names;
    }

    private static void collect(Params params, List<Params> all) {
        all.add(params);
        if (params instanceof Pipeline pipeline) {
            for (PipelineStage stage : pipeline.getStages()) {
                collect(stage, all);
            }
            return;
        }
        for (Param<?> param : params.params()) {
            if (value(params, param) instanceof Params child) {
                collect(child, all);
            }
        }
    }

    private static void addParams(Params owner, String prefix, Map<String, String> names, Map<String, String> params) {
        for (Param<?> param : owner.params()) {
            if (!owner.isDefined(param) || NOT_A_VALUE.contains(param.name())) {
                continue;
            }
            Object value = value(owner, param);
            if (value instanceof PipelineStage[] stages) {
                String[] stageNames = Arrays.stream(stages)
                        .map(stage -> names.get(stage.uid()))
                        .toArray(String[]::new);
                params.put(prefix + param.name(), PythonRepr.str(stageNames));
                for (PipelineStage stage : stages) {
                    addParams(stage, names.get(stage.uid()) + ".", names, params);
                }
            } else if (value instanceof Params child) {
                params.put(prefix + param.name(), names.get(child.uid()));
                if (owner instanceof ValidatorParams && child instanceof Estimator) {
                    // What a search fits has other params in each of its candidates: told with those.
                    continue;
                }
                addParams(child, names.get(child.uid()) + ".", names, params);
            } else {
                params.put(prefix + param.name(), PythonRepr.str(value));
            }
        }
    }

    private static ObjectNode hierarchy(Params params, Map<String, String> names) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("name", names.get(params.uid()));
        if (params instanceof Pipeline pipeline) {
            var stages = node.putArray("stages");
            for (PipelineStage stage : pipeline.getStages()) {
                stages.add(hierarchy(stage, names));
            }
        } else if (params instanceof ValidatorParams search) {
            node.set("evaluator", hierarchy(search.getEvaluator(), names));
            node.set("tuned_estimator", hierarchy(search.getEstimator(), names));
        } else if (params instanceof OneVsRest oneVsRest) {
            node.set("classifier", hierarchy(oneVsRest.getClassifier(), names));
        } else {
            ObjectNode held = JsonNodeFactory.instance.objectNode();
            for (Param<?> param : params.params()) {
                if (value(params, param) instanceof Params child) {
                    held.set(param.name(), hierarchy(child, names));
                }
            }
            if (!held.isEmpty()) {
                node.set("params", held);
            }
        }
        return node;
    }

    private static ObjectNode searchInfo(ValidatorParams search, Map<String, String> names) {
        ObjectNode info = JsonNodeFactory.instance.objectNode();
        var maps = info.putArray("tuning_parameter_map_list");
        for (ParamMap map : search.getEstimatorParamMaps()) {
            maps.add(SearchDescription.describe(map, names));
        }
        ObjectNode tuned = info.putObject("tuned_estimator_parameter_map");
        List<Params> all = new ArrayList<>();
        collect(search.getEstimator(), all);
        for (Params params : all) {
            for (Param<?> param : params.params()) {
                if (params.isDefined(param) && !NOT_A_VALUE.contains(param.name())) {
                    tuned.set(names.get(params.uid()) + "." + param.name(), JsonValues.of(value(params, param), names));
                }
            }
        }
        return info;
    }

    /** Returns the value or the default of a param, or {@code null} if it has neither. */
    static Object value(Params owner, Param<?> param) {
        return owner.isDefined(param) ? owner.getOrDefault(param) : null;
    }

    private static String simpleName(Params params) {
        return params.getClass().getSimpleName();
    }
}
