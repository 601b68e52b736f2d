package io.sparkmlflow.mllib;

import io.sparkmlflow.model.ModelSignature;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Infers the signature of a fitted model from the schema of its training data, without running anything. */
public final class SparkSignatures {
    private static final String PREDICTION = "prediction";
    private static final Logger LOG = LoggerFactory.getLogger(SparkSignatures.class);

    private SparkSignatures() {}

    /**
     * Returns the signature: the inputs are the columns that the outputs are computed from; the output is the column {@code
     * prediction}, or every added column if there is none of that name. Python's MLflow returns nothing but {@code
     * prediction} from such a model, so a signature that promised more would mislead it.
     *
     * @return the signature; empty if the model's {@code transform} cannot be analysed without data
     */
    public static Optional<ModelSignature> infer(SparkSession spark, Transformer model, StructType trainingSchema) {
        PipelineInputs inputs;
        try {
            inputs = PipelineInputs.analyze(spark, model, trainingSchema);
        } catch (Exception e) {
            // Scala code throws checked exceptions that it does not declare. VectorAssembler and Interaction look at
            // the first row of raw vectors, and there is none.
            LOG.info(
                    "No signature for {}: its transform cannot be analysed without data ({})",
                    model.uid(),
                    e.toString());
            return Optional.empty();
        }
        StructType added = inputs.added();
        StructType outputs = added;
        for (StructField field : added.fields()) {
            if (field.name().equals(PREDICTION)) {
                outputs = new StructType().add(field);
            }
        }
        StructType needed = inputs.neededFor(Set.of(outputs.fieldNames()));
        return Optional.of(new ModelSignature(SparkColumns.of(needed), SparkColumns.of(outputs), List.of()));
    }
}
