package io.sparkmlflow.mllib;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.util.CharVarcharUtils;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Finds out which columns a fitted model needs, by reading the plan of its {@code transform} over a frame in memory, empty
 * where that suffices.
 *
 * <p>A column counts as needed if the wanted outputs are computed from it, or if it decides which rows are kept; the column
 * that only a label indexer reads does not count.
 */
final class PipelineInputs {
    private final StructType given;
    private final Dataset<Row> transformed;
    private final boolean traceable;
    private final Map<ExprId, Expression> definitions = new HashMap<>();
    private final Set<Attribute> decidingRows = new LinkedHashSet<>();

    private PipelineInputs(StructType given, Dataset<Row> frame, Dataset<Row> transformed) {
        this.given = given;
        this.transformed = transformed;
        this.traceable = outputs(transformed).stream().anyMatch(outputs(frame)::contains);
        collect(transformed.queryExecution().analyzed());
    }

    /** Analyses {@code model} over columns of the given schema. Throws whatever the model's {@code transform} throws. */
    static PipelineInputs analyze(SparkSession spark, Transformer model, StructType schema) {
        return analyze(spark, model, schema, List.of());
    }

    /** Analyses {@code model} over these rows, for stages that look at the first one. */
    static PipelineInputs analyze(SparkSession spark, Transformer model, StructType schema, List<Row> rows) {
        Dataset<Row> frame = frame(spark, rows, schema);
        return new PipelineInputs(schema, frame, transform(model, frame));
    }

    /**
     * Does what {@code model.transform} does, pipelines stage by stage: theirs posts an event for a listener, and writes the stack
     * trace of a failure to the log.
     */
    private static Dataset<Row> transform(Transformer model, Dataset<Row> frame) {
        if (model instanceof CrossValidatorModel search) {
            return transform(search.bestModel(), frame);
        } else if (model instanceof TrainValidationSplitModel search) {
            return transform(search.bestModel(), frame);
        } else if (model instanceof PipelineModel pipeline) {
            pipeline.transformSchema(frame.schema());
            Dataset<Row> transformed = frame;
            for (Transformer stage : pipeline.stages()) {
                transformed = transform(stage, transformed);
            }
            return transformed;
        }
        return model.transform(frame);
    }

    /** Makes a frame of a schema, in which Spark refuses {@code CHAR} and {@code VARCHAR}. */
    static Dataset<Row> frame(SparkSession spark, List<Row> rows, StructType schema) {
        return spark.createDataFrame(rows, asStagesSee(schema));
    }

    /** Returns a schema with {@code CHAR} and {@code VARCHAR} as the strings that they are to a stage. */
    static StructType asStagesSee(StructType schema) {
        return CharVarcharUtils.replaceCharVarcharWithStringInSchema(schema);
    }

    /** Returns the ids of what the leaves of a plan give. */
    private static Set<ExprId> outputs(Dataset<Row> frame) {
        Set<ExprId> ids = new HashSet<>();
        for (LogicalPlan leaf :
                ScalaInterop.list(frame.queryExecution().analyzed().collectLeaves())) {
            for (Attribute attribute : ScalaInterop.list(leaf.output())) {
                ids.add(attribute.exprId());
            }
        }
        return ids;
    }

    /** Returns whether the plan leads back to the given columns; a stage that computes with RDDs, as XGBoost's, ends it. */
    boolean isTraceable() {
        return traceable;
    }

    /** Returns the columns that the model adds, in order. */
    StructType added() {
        Set<String> names = Set.of(given.fieldNames());
        StructType added = new StructType();
        for (StructField field : transformed.schema().fields()) {
            if (!names.contains(field.name())) {
                added = added.add(field);
            }
        }
        return added;
    }

    /** Returns those of the added columns that can be computed from these inputs. */
    StructType addedFrom(StructType inputs) {
        Set<String> names = Set.of(inputs.fieldNames());
        StructType columns = new StructType();
        for (StructField field : added().fields()) {
            if (names.containsAll(namesNeededFor(Set.of(field.name())))) {
                columns = columns.add(field);
            }
        }
        return columns;
    }

    /** Returns the given columns that the outputs of these names are computed from, in the order of the given schema. */
    StructType neededFor(Set<String> outputs) {
        Set<String> needed = namesNeededFor(outputs);
        StructType columns = new StructType();
        for (StructField field : given.fields()) {
            if (needed.contains(field.name())) {
                columns = columns.add(field);
            }
        }
        return columns;
    }

    private Set<String> namesNeededFor(Collection<String> outputs) {
        Deque<Attribute> open = new ArrayDeque<>(decidingRows);
        for (Attribute output :
                ScalaInterop.list(transformed.queryExecution().analyzed().output())) {
            if (outputs.contains(output.name())) {
                open.add(output);
            }
        }
        Set<ExprId> seen = new HashSet<>();
        Set<String> needed = new HashSet<>();
        while (!open.isEmpty()) {
            Attribute attribute = open.poll();
            if (!seen.add(attribute.exprId())) {
                continue;
            }
            Expression definition = definitions.get(attribute.exprId());
            if (definition == null) {
                needed.add(attribute.name());
            } else {
                open.addAll(references(definition));
            }
        }
        needed.retainAll(List.of(given.fieldNames()));
        return needed;
    }

    private void collect(LogicalPlan plan) {
        for (Expression expression : ScalaInterop.list(plan.expressions())) {
            if (expression instanceof Alias alias) {
                definitions.put(alias.exprId(), alias.child());
            } else if (!(plan instanceof Project
                    || ScalaInterop.list(plan.children()).isEmpty())) {
                decidingRows.addAll(references(expression));
            }
        }
        for (LogicalPlan child : ScalaInterop.list(plan.children())) {
            collect(child);
        }
    }

    private static List<Attribute> references(Expression expression) {
        return ScalaInterop.list(expression.references().toSeq());
    }
}
