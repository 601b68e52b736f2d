package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.RFormulaModel;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/**
 * The columns that a stage says it reads and writes, by the names of its params.
 *
 * <p>What a stage reads is known to the extent that it follows MLlib's shared params; a statement or a formula says
 * nothing here, and its own errors speak for it.
 *
 * @param stage the stage
 * @param inputs the columns it reads; empty when unknown
 * @param outputs the columns it may add
 */
record StageColumns(Transformer stage, List<String> inputs, List<String> outputs) {
    private static final List<String> OUTPUT_PARAMS = List.of(
            "outputCol",
            "rawPredictionCol",
            "probabilityCol",
            "predictionCol",
            "leafCol",
            "varianceCol",
            "linkPredictionCol",
            "quantilesCol",
            "topicDistributionCol");

    static StageColumns of(Transformer stage) {
        if (stage instanceof RFormulaModel) {
            return new StageColumns(stage, List.of(), names(stage, "featuresCol"));
        }
        List<String> inputs = new ArrayList<>(names(stage, "inputCols"));
        if (inputs.isEmpty()) {
            inputs.addAll(names(stage, "inputCol"));
        }
        if (inputs.isEmpty()) {
            inputs.addAll(names(stage, "featuresCol"));
        }
        List<String> outputs = new ArrayList<>(names(stage, "outputCols"));
        if (outputs.isEmpty()) {
            OUTPUT_PARAMS.forEach(param -> outputs.addAll(names(stage, param)));
        }
        return new StageColumns(stage, List.copyOf(inputs), List.copyOf(outputs));
    }

    /** Lists the stages that do the work, in order: pipelines and the winners of searches are opened. */
    static List<StageColumns> of(PipelineModel model) {
        List<StageColumns> stages = new ArrayList<>();
        addStages(model, stages);
        return List.copyOf(stages);
    }

    private static void addStages(PipelineStage stage, List<StageColumns> stages) {
        if (stage instanceof PipelineModel pipeline) {
            for (Transformer inner : pipeline.stages()) {
                addStages(inner, stages);
            }
        } else if (stage instanceof CrossValidatorModel search) {
            addStages(search.bestModel(), stages);
        } else if (stage instanceof TrainValidationSplitModel search) {
            addStages(search.bestModel(), stages);
        } else {
            stages.add(of((Transformer) stage));
        }
    }

    /** Lists the columns that the first stages must be given; what lies behind an opaque stage is not known. */
    static List<String> modelInputs(List<StageColumns> stages) {
        Set<String> inputs = new LinkedHashSet<>();
        Set<String> made = new LinkedHashSet<>();
        for (StageColumns columns : stages) {
            if (columns.stage instanceof SQLTransformer || columns.stage instanceof RFormulaModel) {
                break;
            }
            columns.inputs.stream().filter(input -> !made.contains(input)).forEach(inputs::add);
            made.addAll(columns.outputs);
        }
        return List.copyOf(inputs);
    }

    /**
     * Names the column that is the model's answer: {@code prediction} where there is one, else what the last predictor was
     * told to call it.
     *
     * @return the name, or null for a model that predicts nothing
     */
    static String predictionColumn(List<StageColumns> stages) {
        String prediction = null;
        for (StageColumns columns : stages) {
            if (columns.outputs.contains("prediction")) {
                return "prediction";
            }
            List<String> named = names(columns.stage, "predictionCol");
            prediction = named.isEmpty() ? prediction : named.get(0);
        }
        return prediction;
    }

    /** Lists those of the model's inputs that a column is made of, as far as the stages say; a label is not among them. */
    static List<String> inputsOf(String column, List<StageColumns> stages) {
        Set<String> needed = new HashSet<>(Set.of(column));
        for (int i = stages.size() - 1; i >= 0; i--) {
            StageColumns columns = stages.get(i);
            if (needed.removeAll(columns.outputs)) {
                needed.addAll(columns.inputs);
            }
        }
        return modelInputs(stages).stream().filter(needed::contains).toList();
    }

    private static List<String> names(Params stage, String paramName) {
        if (!stage.hasParam(paramName)) {
            return List.of();
        }
        Param<?> param = stage.getParam(paramName);
        if (!stage.isDefined(param)) {
            return List.of();
        }
        Object value = stage.getOrDefault(param);
        if (value instanceof String[] several) {
            return List.of(several);
        }
        return value instanceof String one && !one.isEmpty() ? List.of(one) : List.of();
    }
}
