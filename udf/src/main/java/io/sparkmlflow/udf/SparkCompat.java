package io.sparkmlflow.udf;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import org.apache.spark.QueryContext;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.Expression;
import scala.Option;
import scala.collection.immutable.Nil$;

/** What differs between the Sparks and Scalas that one source must serve. */
final class SparkCompat {
    private static final String EXPRESSION_UTILS = "org.apache.spark.sql.classic.ExpressionUtils";

    /** The one of Spark's error classes, since 4.0, whose text is just a message. */
    private static final String ERROR_CLASS = "USER_RAISED_EXCEPTION";

    private static final boolean IS_SPARK_4 = isThere(EXPRESSION_UTILS);

    private SparkCompat() {}

    private static boolean isThere(String name) {
        try {
            Class.forName(name, false, Column.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Copies a list into Scala's {@code List}, which is a {@code Seq} in both senses of the word. */
    @SuppressWarnings("unchecked")
    static <T> scala.collection.immutable.List<T> toScala(List<T> list) {
        scala.collection.immutable.List<T> seq = (scala.collection.immutable.List<T>) Nil$.MODULE$;
        for (int i = list.size() - 1; i >= 0; i--) {
            seq = new scala.collection.immutable.$colon$colon<>(list.get(i), seq);
        }
        return seq;
    }

    /** Makes a column of an expression: a constructor in Spark 3.5, a helper of the classic package since 4.0. */
    static Column column(Expression expression) {
        try {
            return (Column) ColumnMaker.HANDLE.invoke(expression);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("Spark made no column of " + expression, e);
        }
    }

    /**
     * Throws Spark's own exception for a query that can't be analyzed, which Java takes for a checked one. PySpark 4 asks every such
     * exception for its error class, and fails with another exception if it has none.
     */
    static RuntimeException analysisException(String message, Throwable cause) {
        AnalysisException e = new AnalysisException(
                message,
                Option.empty(),
                Option.empty(),
                Option.apply(cause),
                IS_SPARK_4 ? Option.apply(ERROR_CLASS) : Option.empty(),
                IS_SPARK_4
                        ? new scala.collection.immutable.Map.Map1<>("errorMessage", message)
                        : scala.collection.immutable.Map$.MODULE$.empty(),
                new QueryContext[0]);
        throw SparkCompat.<RuntimeException>unchecked(e);
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Throwable> E unchecked(Throwable e) throws E {
        throw (E) e;
    }

    private static final class ColumnMaker {
        static final MethodHandle HANDLE = find();

        private static MethodHandle find() {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            MethodType type = MethodType.methodType(Column.class, Expression.class);
            try {
                Class<?> utils = Class.forName(EXPRESSION_UTILS, true, Column.class.getClassLoader());
                return lookup.findStatic(utils, "column", type);
            } catch (ClassNotFoundException spark35) {
                return constructor(lookup);
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(EXPRESSION_UTILS + ".column is not what Spark 4.0 to 4.3 have", e);
            }
        }

        private static MethodHandle constructor(MethodHandles.Lookup lookup) {
            try {
                return lookup.findConstructor(Column.class, MethodType.methodType(void.class, Expression.class));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("Column(Expression) is not what Spark 3.5 has", e);
            }
        }
    }
}
