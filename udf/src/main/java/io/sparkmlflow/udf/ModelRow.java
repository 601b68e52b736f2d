package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodeBlock;
import org.apache.spark.sql.catalyst.expressions.codegen.CodeGenerator;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * A model over its arguments: a struct of the outputs. Those of a fused model are computed when they are read.
 *
 * <p>The generated code is one call, whatever the model's size, so that no model is too big for a method of the JVM.
 */
final class ModelRow extends Expression implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ModelProgram program;
    private final StructType type;
    private final boolean nullable;

    @SuppressWarnings("serial") // Scala's List is serializable, and so are expressions.
    private final scala.collection.immutable.List<Expression> arguments;

    private transient ModelEvaluator evaluator;

    /**
     * Calls a program.
     *
     * @param nullable whether there are rows without outputs
     * @param arguments the program's inputs, in their order
     */
    ModelRow(ModelProgram program, StructType type, boolean nullable, List<Expression> arguments) {
        this(program, type, nullable, SparkCompat.toScala(arguments));
    }

    private ModelRow(
            ModelProgram program,
            StructType type,
            boolean nullable,
            scala.collection.immutable.List<Expression> arguments) {
        this.program = program;
        this.type = type;
        this.nullable = nullable;
        this.arguments = arguments;
    }

    ModelProgram program() {
        return program;
    }

    @Override
    public scala.collection.immutable.List<Expression> children() {
        return arguments;
    }

    /** Implements TreeNode's method as Scala 2.13 declares it. */
    @SuppressWarnings("MissingOverride")
    public Expression withNewChildrenInternal(scala.collection.immutable.IndexedSeq<Expression> newChildren) {
        return new ModelRow(program, type, nullable, ScalaInterop.list(newChildren));
    }

    /** Implements TreeNode's method as Scala 2.12 declares it. */
    @SuppressWarnings("MissingOverride")
    public Expression withNewChildrenInternal(scala.collection.IndexedSeq<Expression> newChildren) {
        return new ModelRow(program, type, nullable, ScalaInterop.list(newChildren));
    }

    @Override
    public DataType dataType() {
        return type;
    }

    @Override
    public boolean nullable() {
        return nullable;
    }

    @Override
    public Object eval(InternalRow input) {
        if (evaluator == null) {
            evaluator = program.evaluator();
        }
        List<Expression> expressions = ScalaInterop.list(arguments);
        Object[] values = new Object[expressions.size()];
        int i = 0;
        for (Expression argument : expressions) {
            values[i++] = argument.eval(input);
        }
        return evaluator.row(values);
    }

    @Override
    public ExprCode doGenCode(CodegenContext ctx, ExprCode ev) {
        String shared = ctx.addReferenceObj("model", program, ModelProgram.class.getName());
        String evaluatorTerm = ctx.addMutableState(
                ModelEvaluator.class.getName(),
                "modelEvaluator",
                name -> name + " = " + shared + ".evaluator();",
                false,
                true);
        String values = ctx.freshName("modelArguments");
        List<String> assignments = new ArrayList<>();
        for (Expression argument : ScalaInterop.list(arguments)) {
            assignments.add(assignment(argument, argument.genCode(ctx), values + "[" + assignments.size() + "]"));
        }
        String assigned = ctx.splitExpressionsWithCurrentInputs(
                SparkCompat.toScala(assignments),
                "modelArguments",
                SparkCompat.toScala(List.of(new Tuple2<>("Object[]", values))),
                ctx.splitExpressionsWithCurrentInputs$default$4(),
                ctx.splitExpressionsWithCurrentInputs$default$5(),
                ctx.splitExpressionsWithCurrentInputs$default$6());
        String code = "Object[] " + values + " = new Object[" + assignments.size() + "];\n"
                + assigned
                + "\nInternalRow " + ev.value() + " = " + evaluatorTerm + ".row(" + values + ");\n"
                + "boolean " + ev.isNull() + " = " + ev.value() + " == null;\n";
        return ExprCode.apply(
                new CodeBlock(SparkCompat.toScala(List.of(code)), SparkCompat.toScala(List.of())),
                ev.isNull(),
                ev.value());
    }

    private static String assignment(Expression argument, ExprCode code, String target) {
        String type = CodeGenerator.boxedType(argument.dataType());
        String value = CodeGenerator.isPrimitiveType(argument.dataType())
                ? type + ".valueOf(" + code.value() + ")"
                : "(Object) " + code.value();
        return code.code() + "\nif (!" + code.isNull() + ") {\n  " + target + " = " + value + ";\n}\n";
    }

    @Override
    public String sql() {
        return prettyName();
    }

    @Override
    public String toString() {
        return prettyName();
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
            case 0 -> program;
            case 1 -> arguments;
            default -> throw new IndexOutOfBoundsException("ModelRow has 2 elements, not " + n);
        };
    }

    @Override
    public boolean canEqual(Object that) {
        return that instanceof ModelRow;
    }

    @Override
    public boolean equals(Object that) {
        return that instanceof ModelRow other
                && program.broadcastId() == other.program.broadcastId()
                && type.equals(other.type)
                && arguments.equals(other.arguments);
    }

    @Override
    public int hashCode() {
        return Objects.hash(program.broadcastId(), arguments);
    }
}
