package io.sparkmlflow.mllib;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.RFormulaModel;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/** The two of MLlib's stages that leave a column out, instead of failing, where what they compute it from is not there. */
final class SkippedStages {
    private SkippedStages() {}

    /** Returns the columns that a model adds only if their inputs are there. */
    static Set<String> outputs(Transformer model) {
        Set<String> names = new HashSet<>();
        collect(model, names);
        return names;
    }

    private static void collect(Transformer model, Set<String> names) {
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                collect(stage, names);
            }
        } else if (model instanceof CrossValidatorModel search) {
            collect(search.bestModel(), names);
        } else if (model instanceof TrainValidationSplitModel search) {
            collect(search.bestModel(), names);
        } else if (model instanceof StringIndexerModel indexer) {
            names.addAll(
                    indexer.isSet(indexer.outputCols())
                            ? List.of(indexer.getOutputCols())
                            : List.of(indexer.getOutputCol()));
        } else if (model instanceof RFormulaModel formula) {
            names.add(formula.getLabelCol());
        }
    }
}
