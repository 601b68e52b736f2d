package io.sparkmlflow.mllib;

import io.sparkmlflow.model.ModelSignature;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Infers the signature of a fitted model from the schema of its training data. */
public final class SparkSignatures {
    private static final String PREDICTION = "prediction";
    private static final String FEATURES = "featuresCol";
    private static final Logger LOG = LoggerFactory.getLogger(SparkSignatures.class);

    private SparkSignatures() {}

    /**
     * Returns the signature with the prediction as its only output, or every added column if there is no prediction. Nothing
     * is run.
     *
     * @return the signature; empty if the model's {@code transform} cannot be analysed without data
     */
    public static Optional<ModelSignature> infer(SparkSession spark, Transformer model, StructType trainingSchema) {
        return infer(spark, model, trainingSchema, SignatureOutputs.PREDICTION);
    }

    /**
     * Returns the signature: the inputs are the columns that the prediction is computed from; a label is not among them.
     * Nothing is run.
     *
     * @param outputs {@code ALL} for every added column that these inputs suffice for
     * @return the signature; empty if the model's {@code transform} cannot be analysed without data
     */
    public static Optional<ModelSignature> infer(
            SparkSession spark, Transformer model, StructType trainingSchema, SignatureOutputs outputs) {
        return infer(spark, model, trainingSchema, outputs, why -> inform(model, why));
    }

    /** Like the public ones; {@code why} is told the reason if there is no signature. */
    static Optional<ModelSignature> infer(
            SparkSession spark,
            Transformer model,
            StructType trainingSchema,
            SignatureOutputs outputs,
            Consumer<String> why) {
        return infer(spark, model, trainingSchema, List.of(), outputs, why);
    }

    /** Like {@link #infer(SparkSession, Transformer, StructType, SignatureOutputs)}; a stage that must see a row is shown one. */
    public static Optional<ModelSignature> infer(
            SparkSession spark, Transformer model, Dataset<Row> data, SignatureOutputs outputs) {
        return infer(spark, model, data, outputs, why -> inform(model, why));
    }

    /** Like the public one; {@code why} is told the reason if there is no signature. */
    static Optional<ModelSignature> infer(
            SparkSession spark, Transformer model, Dataset<Row> data, SignatureOutputs outputs, Consumer<String> why) {
        AtomicReference<String> withoutData = new AtomicReference<>();
        Optional<ModelSignature> signature = infer(spark, model, data.schema(), List.of(), outputs, withoutData::set);
        if (signature.isPresent()) {
            return signature;
        }
        List<Row> first;
        try {
            first = data.takeAsList(1);
        } catch (Exception e) { // as below
            why.accept("its data cannot be read (" + e + ")");
            return Optional.empty();
        }
        if (first.isEmpty()) {
            why.accept(withoutData.get());
            return Optional.empty();
        }
        return infer(spark, model, data.schema(), first, outputs, why);
    }

    private static void inform(Transformer model, String why) {
        LOG.info("No signature for {}: {}", model.uid(), why);
    }

    private static Optional<ModelSignature> infer(
            SparkSession spark,
            Transformer model,
            StructType schema,
            List<Row> rows,
            SignatureOutputs which,
            Consumer<String> why) {
        PipelineInputs inputs;
        try {
            inputs = PipelineInputs.analyze(spark, model, schema, rows);
        } catch (Exception e) {
            // Scala code throws checked exceptions that it does not declare. VectorAssembler and Interaction look at
            // the first row of raw vectors, and there is none.
            why.accept("its transform cannot be analysed " + (rows.isEmpty() ? "without data" : "over the data") + " ("
                    + e + ")");
            return Optional.empty();
        }
        if (!inputs.isTraceable()) {
            return inferFromFeatures(spark, model, schema, rows, which, why);
        }
        StructType added = inputs.added();
        String prediction = predictionColumn(model, added);
        StructType needed = inputs.neededFor(prediction == null ? Set.of(added.fieldNames()) : Set.of(prediction));
        if (!suffices(model, inputs, needed)) {
            needed = inputs.neededFor(Set.of(added.fieldNames()));
        }
        StructType outputs = prediction == null || which == SignatureOutputs.ALL
                ? inputs.addedFrom(needed)
                : new StructType().add(added.apply(prediction));
        return Optional.of(new ModelSignature(SparkColumns.of(needed), SparkColumns.ofOutputs(outputs), List.of()));
    }

    /** For a last stage whose plan says nothing: the inputs are what its features are computed from. */
    private static Optional<ModelSignature> inferFromFeatures(
            SparkSession spark,
            Transformer model,
            StructType schema,
            List<Row> rows,
            SignatureOutputs which,
            Consumer<String> why) {
        Transformer last = lastStage(model);
        if (last != null && last.hasParam(FEATURES) && last.isDefined(last.getParam(FEATURES))) {
            String features = (String) last.getOrDefault(last.getParam(FEATURES));
            try {
                StructType needed = new StructType();
                if (List.of(schema.fieldNames()).contains(features)) {
                    needed = needed.add(schema.apply(features));
                } else if (model instanceof PipelineModel pipeline) {
                    Transformer[] before = Arrays.copyOf(pipeline.stages(), pipeline.stages().length - 1);
                    needed = PipelineInputs.analyze(spark, new PipelineModel(pipeline.uid(), before), schema, rows)
                            .neededFor(Set.of(features));
                }
                if (accepts(model, needed)) {
                    // What can be computed from these columns alone: the label's index cannot.
                    StructType added =
                            PipelineInputs.analyze(spark, model, needed).added();
                    String prediction = predictionColumn(model, added);
                    StructType outputs = prediction == null || which == SignatureOutputs.ALL
                            ? added
                            : new StructType().add(added.apply(prediction));
                    return Optional.of(
                            new ModelSignature(SparkColumns.of(needed), SparkColumns.ofOutputs(outputs), List.of()));
                }
            } catch (Exception e) { // as above
                LOG.debug("The features of {} do not say what it needs", model.uid(), e);
            }
        }
        why.accept("its transform does not say which columns it reads");
        return Optional.empty();
    }

    /**
     * Returns whether the model transforms rows of these columns alone: whatever it adds and cannot compute from them has to come
     * from a stage that is skipped without its input. A Binarizer of the label, say, fails instead.
     */
    private static boolean suffices(Transformer model, PipelineInputs inputs, StructType needed) {
        Set<String> missing = new HashSet<>(List.of(inputs.added().fieldNames()));
        missing.removeAll(List.of(inputs.addedFrom(needed).fieldNames()));
        return SkippedStages.outputs(model).containsAll(missing) && accepts(model, needed);
    }

    private static boolean accepts(Transformer model, StructType schema) {
        try {
            model.transformSchema(PipelineInputs.asStagesSee(schema));
            return true;
        } catch (Exception e) { // as above
            LOG.debug("{} needs more than {}", model.uid(), schema.simpleString(), e);
            return false;
        }
    }

    /** Returns {@code prediction} if the model adds it, else what its last stage calls it, else {@code null}. */
    private static String predictionColumn(Transformer model, StructType added) {
        List<String> names = List.of(added.fieldNames());
        if (names.contains(PREDICTION)) {
            return PREDICTION;
        }
        Transformer last = lastStage(model);
        if (last != null && last.hasParam("predictionCol") && last.isDefined(last.getParam("predictionCol"))) {
            Object named = last.getOrDefault(last.getParam("predictionCol"));
            return names.contains(named) ? (String) named : null;
        }
        return null;
    }

    private static Transformer lastStage(Transformer model) {
        if (model instanceof PipelineModel pipeline) {
            int stages = pipeline.stages().length;
            return stages == 0 ? null : lastStage(pipeline.stages()[stages - 1]);
        } else if (model instanceof CrossValidatorModel search) {
            return lastStage(search.bestModel());
        } else if (model instanceof TrainValidationSplitModel search) {
            return lastStage(search.bestModel());
        }
        return model;
    }
}
