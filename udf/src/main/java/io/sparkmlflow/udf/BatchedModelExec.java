package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;

/** Adds a column to its child for each call of a model, computed for several rows at once. */
public final class BatchedModelExec extends SparkPlan {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // Scala's List is serializable, and so are expressions.
    private final scala.collection.immutable.List<Alias> calls;

    private final int mostRows;
    private final SparkPlan child;

    /**
     * Makes the operator. Public because Spark copies operators by their constructors.
     *
     * @param calls a {@link ModelRow} each
     * @param mostRows how many rows a model is given at most
     */
    public BatchedModelExec(scala.collection.immutable.List<Alias> calls, int mostRows, SparkPlan child) {
        this.calls = calls;
        this.mostRows = mostRows;
        this.child = child;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        List<ModelRow> models = new ArrayList<>();
        for (Alias call : ScalaInterop.<Alias>list(calls)) {
            models.add((ModelRow) call.child());
        }
        ModelBatches.Work work = new ModelBatches.Work(
                models,
                mostRows,
                SparkCompat.toScala(ScalaInterop.<Attribute>list(child.output())),
                SparkCompat.toScala(ScalaInterop.<Attribute>list(output())));
        FlatMapFunction<java.util.Iterator<InternalRow>, InternalRow> batches = rows -> new ModelBatches(work, rows);
        return child.execute().toJavaRDD().mapPartitions(batches, true).rdd();
    }

    @Override
    public scala.collection.immutable.List<Attribute> output() {
        List<Attribute> output = new ArrayList<>(ScalaInterop.<Attribute>list(child.output()));
        for (Alias call : ScalaInterop.<Alias>list(calls)) {
            output.add(call.toAttribute());
        }
        return SparkCompat.toScala(output);
    }

    @Override
    public AttributeSet producedAttributes() {
        List<Expression> produced = new ArrayList<>();
        for (Alias call : ScalaInterop.<Alias>list(calls)) {
            produced.add(call.toAttribute());
        }
        return AttributeSet$.MODULE$.apply(SparkCompat.toScala(produced));
    }

    /** Rows stay where they are. */
    @Override
    public Partitioning outputPartitioning() {
        return child.outputPartitioning();
    }

    @Override
    public scala.collection.immutable.List<SortOrder> outputOrdering() {
        return SparkCompat.toScala(ScalaInterop.<SortOrder>list(child.outputOrdering()));
    }

    @Override
    public scala.collection.immutable.List<SparkPlan> children() {
        return SparkCompat.toScala(List.of(child));
    }

    /** Implements TreeNode's method as Scala 2.13 declares it. */
    @SuppressWarnings("MissingOverride")
    public SparkPlan withNewChildrenInternal(scala.collection.immutable.IndexedSeq<SparkPlan> newChildren) {
        return new BatchedModelExec(calls, mostRows, newChildren.head());
    }

    /** Implements TreeNode's method as Scala 2.12 declares it. */
    @SuppressWarnings("MissingOverride")
    public SparkPlan withNewChildrenInternal(scala.collection.IndexedSeq<SparkPlan> newChildren) {
        return new BatchedModelExec(calls, mostRows, newChildren.head());
    }

    @Override
    public String nodeName() {
        return "BatchedModel";
    }

    @Override
    public int productArity() {
        return 3;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> calls;
            case 1 -> mostRows;
            case 2 -> child;
            default -> throw new IndexOutOfBoundsException("BatchedModelExec has 3 elements, not " + n);
        };
    }

    @Override
    public boolean canEqual(Object that) {
        return that instanceof BatchedModelExec;
    }

    @Override
    public boolean equals(Object that) {
        return that instanceof BatchedModelExec other
                && calls.equals(other.calls)
                && mostRows == other.mostRows
                && child.equals(other.child);
    }

    @Override
    public int hashCode() {
        return Objects.hash(calls, mostRows, child);
    }
}
