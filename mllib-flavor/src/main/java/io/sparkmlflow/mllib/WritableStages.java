package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.ml.util.MLWritable;

/** Finds a stage that could not be written, or not be read again, before anything is written. */
final class WritableStages {
    private WritableStages() {}

    /** Throws {@code INVALID_PARAMETER_VALUE} with the stage's name if one of the model's stages cannot be saved. */
    static void require(Transformer model) {
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                require(stage);
            }
        } else if (model instanceof CrossValidatorModel search) {
            require(search.bestModel());
        } else if (model instanceof TrainValidationSplitModel search) {
            require(search.bestModel());
        } else if (!(model instanceof MLWritable)) {
            throw cannot(
                    model,
                    "does not implement org.apache.spark.ml.util.MLWritable: take it out of the pipeline, or let its class"
                            + " extend DefaultParamsWritable");
        } else if (!canBeRead(model.getClass())) {
            throw cannot(
                    model,
                    "could be written but never be loaded: its class has no public static method read(), which a companion"
                            + " object that extends DefaultParamsReadable gives it");
        }
    }

    private static boolean canBeRead(Class<?> stage) {
        try {
            Method read = stage.getMethod("read");
            return Modifier.isStatic(read.getModifiers());
        } catch (NoSuchMethodException e) {
            return false;
        }
    }

    private static MlflowException cannot(Transformer stage, String why) {
        return MlflowException.invalidParameter("The model cannot be saved, because its stage '" + stage.uid() + "' ("
                + stage.getClass().getName() + ") " + why);
    }
}
