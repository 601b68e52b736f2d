package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkException;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.functions;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Folds what a fitted pipeline does to a row of a given schema into expressions.
 *
 * <p>Each stage transforms an empty frame of that schema, and {@link PlanFolder} folds the plan that is left. A stage
 * whose inputs were not given is left out, as MLlib's own {@code StringIndexerModel} does; so a stage that encodes the
 * label does no harm at scoring, and only a missing column that the answer needs is an error.
 */
final class PipelineFolder {
    private final SparkSession spark;
    private final LoadedModel model;
    private final StructType given;
    private final List<StageColumns> stages;
    private final List<String> modelInputs;

    /** The outputs of stages that were left out, each with the missing columns that are to blame. */
    private final Map<String, Set<String>> absent = new LinkedHashMap<>();

    private final List<Step> steps = new ArrayList<>();

    /** A stage and the frame that it left. */
    private record Step(StageColumns stage, Dataset<Row> frame) {}

    private PipelineFolder(SparkSession spark, LoadedModel model, StructType given) {
        this.spark = spark;
        this.model = model;
        this.given = given;
        this.stages = StageColumns.of(model.model());
        this.modelInputs = StageColumns.modelInputs(stages);
    }

    /**
     * Folds a model over the columns of a call.
     *
     * @param given the names and types of what the call gives; more columns than the model needs may be there
     * @throws ModelExpressionException if a column that the answer needs is missing or has a type that the model doesn't
     *     take, or if a stage does more than look at one row
     */
    static FoldedModel fold(SparkSession spark, LoadedModel model, StructType given) {
        return new PipelineFolder(spark, model, given).fold();
    }

    /**
     * Transforms a frame stage by stage, for a model that is no function of one row.
     *
     * @throws ModelExpressionException as {@link #fold} does, except that all stages can be applied
     */
    static Dataset<Row> transform(LoadedModel model, Dataset<Row> frame) {
        PipelineFolder folder = new PipelineFolder(frame.sparkSession(), model, frame.schema());
        Set<String> made = new HashSet<>();
        folder.stages.forEach(stage -> made.addAll(stage.outputs()));
        made.removeAll(folder.modelInputs);
        Dataset<Row> transformed = folder.stageByStage(frame.drop(made.toArray(String[]::new)));
        folder.answer(Map.of());
        return transformed;
    }

    private Dataset<Row> stageByStage(Dataset<Row> start) {
        Dataset<Row> frame = start;
        for (int i = 0; i < stages.size(); i++) {
            StageColumns stage = stages.get(i);
            if (!leftOut(stage, frame.schema())) {
                frame = transform(stage, i, frame);
                steps.add(new Step(stage, frame));
            }
        }
        return frame;
    }

    private FoldedModel fold() {
        int[] ordinals = new int[given.size()];
        StructType schema = modelSchema(ordinals);
        Dataset<Row> empty = spark.createDataFrame(List.<Row>of(), schema);
        Dataset<Row> frame = stageByStage(empty);
        LocalRelation relation = (LocalRelation) empty.queryExecution().analyzed();
        PlanFolder.Folded folded = foldPlan(frame, relation);
        Map<String, Expression> outputs = new LinkedHashMap<>(folded.outputs());
        for (String name : schema.fieldNames()) {
            outputs.remove(name);
        }
        String answer = answer(outputs);
        return new FoldedModel(
                inputs(relation, ordinals), outputs, folded.filters(), answer, frame.schema(), makers(folded), true);
    }

    /** Finds for each expression that is the whole of a column the stage that made it. */
    private Map<Expression, StageOutput> makers(PlanFolder.Folded folded) {
        Map<Expression, StageOutput> makers = new IdentityHashMap<>();
        for (Step step : steps) {
            List<String> outputs = step.stage().outputs();
            for (Attribute column :
                    ScalaInterop.list(step.frame().queryExecution().analyzed().output())) {
                Expression expression = folded.columns().get(column.exprId());
                if (expression != null && outputs.contains(column.name())) {
                    makers.putIfAbsent(expression, new StageOutput(step.stage().stage(), column.name()));
                }
            }
        }
        return makers;
    }

    /**
     * Chooses the columns that the frame gets, and names them as the model does. A column that the model itself makes is
     * left out unless the model reads it first (scored tables are scored again); names differ from the model's in case
     * only where a catalog lowers them.
     *
     * @param ordinals is filled with the place of each given column in the frame, -1 for none
     */
    private StructType modelSchema(int[] ordinals) {
        boolean caseSensitive = Boolean.parseBoolean(spark.conf().get("spark.sql.caseSensitive"));
        Set<String> givenNames = Set.of(distinct(given.fieldNames()));
        Map<String, String> renamed = new LinkedHashMap<>();
        for (String input : modelInputs) {
            if (!caseSensitive && !givenNames.contains(input)) {
                renamed.putIfAbsent(input.toLowerCase(Locale.ROOT), input);
            }
        }
        Set<String> made = new HashSet<>();
        stages.forEach(stage -> made.addAll(stage.outputs()));
        made.removeAll(modelInputs);
        StructType schema = new StructType();
        for (int i = 0; i < given.size(); i++) {
            StructField field = given.apply(i);
            String name = modelInputs.contains(field.name())
                    ? field.name()
                    : renamed.getOrDefault(field.name().toLowerCase(Locale.ROOT), field.name());
            boolean used = !made.contains(name) || name.contains(".");
            ordinals[i] = used ? schema.size() : -1;
            schema = used ? schema.add(new StructField(name, field.dataType(), true, field.metadata())) : schema;
        }
        return schema;
    }

    private static String[] distinct(String[] names) {
        return new LinkedHashSet<>(List.of(names)).toArray(String[]::new);
    }

    private static List<Attribute> inputs(LocalRelation relation, int[] ordinals) {
        List<Attribute> attributes = ScalaInterop.list(relation.output());
        List<Attribute> inputs = new ArrayList<>();
        for (int ordinal : ordinals) {
            inputs.add(ordinal < 0 ? null : attributes.get(ordinal));
        }
        return inputs;
    }

    /** Says whether a stage has to be left out for want of its inputs, and notes what is missing because of it. */
    private boolean leftOut(StageColumns stage, StructType schema) {
        Set<String> blamed = new LinkedHashSet<>();
        boolean byColumn = stage.stage() instanceof StringIndexerModel;
        for (int i = 0; i < stage.inputs().size(); i++) {
            String input = stage.inputs().get(i);
            if (!has(schema, input)) {
                Set<String> causes = absent.getOrDefault(input, Set.of(input));
                blamed.addAll(causes);
                if (byColumn && i < stage.outputs().size()) {
                    absent.put(stage.outputs().get(i), causes);
                }
            }
        }
        boolean none = stage.inputs().stream().noneMatch(input -> has(schema, input));
        if (blamed.isEmpty() || (byColumn && !none)) {
            return false;
        }
        stage.outputs().forEach(output -> absent.merge(output, blamed, PipelineFolder::union));
        return true;
    }

    private static Set<String> union(Set<String> some, Set<String> others) {
        Set<String> all = new LinkedHashSet<>(some);
        all.addAll(others);
        return all;
    }

    private static boolean has(StructType schema, String column) {
        List<String> names = List.of(schema.fieldNames());
        int dot = column.indexOf('.');
        return names.contains(column) || (dot > 0 && names.contains(column.substring(0, dot)));
    }

    private Dataset<Row> transform(StageColumns stage, int index, Dataset<Row> frame) {
        try {
            return sizedAndTransformed(stage, index, frame);
        } catch (RuntimeException | AnalysisException | SparkException e) {
            Dataset<Row> converted = arraysToVectors(stage, frame);
            if (converted != frame) {
                try {
                    return sizedAndTransformed(stage, index, converted);
                } catch (RuntimeException | AnalysisException | SparkException second) {
                    e.addSuppressed(second);
                }
            }
            throw new ModelExpressionException(
                    "The model " + model.uri() + " can't be applied to " + given.simpleString() + ": its stage "
                            + name(stage) + " says: " + firstLine(e),
                    e);
        }
    }

    /** Scala declares no exceptions; these two are checked ones for Java. */
    @SuppressWarnings("RedundantThrows")
    private Dataset<Row> sizedAndTransformed(StageColumns stage, int index, Dataset<Row> frame)
            throws AnalysisException, SparkException {
        Dataset<Row> sized = stage.stage() instanceof VectorAssembler assembler
                ? VectorSizes.known(assembler, stages.subList(index + 1, stages.size()), frame)
                : frame;
        return stage.stage().transform(sized);
    }

    private static Dataset<Row> arraysToVectors(StageColumns stage, Dataset<Row> frame) {
        Dataset<Row> converted = frame;
        for (String input : stage.inputs()) {
            for (StructField field : frame.schema().fields()) {
                if (field.name().equals(input)
                        && field.dataType() instanceof ArrayType array
                        && array.elementType() instanceof NumericType) {
                    converted = converted.withColumn(
                            input,
                            functions.array_to_vector(converted
                                    .col("`" + input.replace("`", "``") + "`")
                                    .cast("array<double>")));
                }
            }
        }
        return converted;
    }

    private PlanFolder.Folded foldPlan(Dataset<Row> frame, LocalRelation relation) {
        try {
            return PlanFolder.fold(frame.queryExecution().analyzed(), relation);
        } catch (PlanFolder.NotRowWise whole) {
            for (Step step : steps) {
                try {
                    PlanFolder.fold(step.frame().queryExecution().analyzed(), relation);
                } catch (PlanFolder.NotRowWise first) {
                    throw notAFunction(name(step.stage()), first);
                }
            }
            throw notAFunction("pipeline", whole);
        }
    }

    private ModelExpressionException notAFunction(String stage, PlanFolder.NotRowWise why) {
        return new ModelExpressionException(
                "The model " + model.uri() + " can't be a function of one row: its stage " + stage + " needs "
                        + why.getMessage() + "; call MlflowSpark.transform on a DataFrame instead",
                why);
    }

    /** Finds the column that is the model's answer, if the model has one. */
    private String answer(Map<String, Expression> outputs) {
        String prediction = StageColumns.predictionColumn(stages);
        if (prediction == null && outputs.size() == 1 && absent.isEmpty()) {
            return outputs.keySet().iterator().next();
        }
        List<String> last =
                stages.isEmpty() ? List.of() : stages.get(stages.size() - 1).outputs();
        List<String> needed = prediction == null ? last : List.of(prediction);
        Set<String> missing = new LinkedHashSet<>();
        Set<String> read = new LinkedHashSet<>();
        for (String output : needed) {
            missing.addAll(absent.getOrDefault(output, Set.of()));
            read.addAll(StageColumns.inputsOf(output, stages));
        }
        if (!missing.isEmpty()) {
            throw new ModelExpressionException("The model " + model.uri() + " needs "
                    + (missing.size() == 1 ? "the column " : "the columns ") + String.join(", ", missing)
                    + ", which the call doesn't give; given: " + given.simpleString() + "; the model reads: "
                    + String.join(", ", read));
        }
        return prediction;
    }

    private static String name(StageColumns stage) {
        return stage.stage().getClass().getSimpleName() + " (" + stage.stage().uid() + ")";
    }

    static String firstLine(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("").strip();
    }
}
