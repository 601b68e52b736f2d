package io.sparkmlflow.udf;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;

/**
 * A short name over a folded model. It does nothing to the value, and its code is its child's code; but Spark names
 * columns after an expression's text, and a folded pipeline's text fills screens.
 */
final class ModelOutput extends Expression implements Serializable {
    private static final long serialVersionUID = 1L;

    // Scala's case classes are serializable, the trait Expression is not: javac cannot see that every child is.
    @SuppressWarnings("serial")
    private final Expression child;

    private final String label;

    ModelOutput(Expression child, String label) {
        this.child = child;
        this.label = label;
    }

    String label() {
        return label;
    }

    Expression child() {
        return child;
    }

    // UnaryExpression would say the next three in one line, but javac doesn't see that it implements TreeNode's
    // methods.
    @Override
    public scala.collection.immutable.List<Expression> children() {
        return SparkCompat.toScala(List.of(child));
    }

    /** Implements TreeNode's method as Scala 2.13 declares it. */
    @SuppressWarnings("MissingOverride")
    public Expression withNewChildrenInternal(scala.collection.immutable.IndexedSeq<Expression> newChildren) {
        return new ModelOutput(newChildren.head(), label);
    }

    /** Implements TreeNode's method as Scala 2.12 declares it. */
    @SuppressWarnings("MissingOverride")
    public Expression withNewChildrenInternal(scala.collection.IndexedSeq<Expression> newChildren) {
        return new ModelOutput(newChildren.head(), label);
    }

    @Override
    public DataType dataType() {
        return child.dataType();
    }

    @Override
    public boolean nullable() {
        return child.nullable();
    }

    @Override
    public Object eval(InternalRow input) {
        return child.eval(input);
    }

    @Override
    public ExprCode doGenCode(CodegenContext ctx, ExprCode ev) {
        return child.genCode(ctx);
    }

    @Override
    public String sql() {
        return label;
    }

    @Override
    public String toString() {
        return label;
    }

    @Override
    public String prettyName() {
        return "mlflow_model";
    }

    @Override
    public int productArity() {
        return 2;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> child;
            case 1 -> label;
            default -> throw new IndexOutOfBoundsException("ModelOutput has 2 elements, not " + n);
        };
    }

    @Override
    public boolean canEqual(Object that) {
        return that instanceof ModelOutput;
    }

    @Override
    public boolean equals(Object that) {
        return that instanceof ModelOutput other && label.equals(other.label) && child.equals(other.child);
    }

    @Override
    public int hashCode() {
        return Objects.hash(label, child);
    }
}
