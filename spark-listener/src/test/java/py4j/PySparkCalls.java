package py4j;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.ClassificationModel;
import org.apache.spark.ml.classification.Classifier;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.Metadata;

/**
 * The calls that PySpark makes of its {@code JavaTransformer} and {@code JavaEstimator}, in its order, from the package of the library
 * by which it makes them.
 */
public final class PySparkCalls {
    private PySparkCalls() {}

    /** Hands over a stage's params, then transforms. */
    public static Dataset<Row> transform(Transformer stage, Dataset<?> data) {
        handOverParams(stage);
        return stage.transform(data);
    }

    /** Hands over an estimator's params, then fits. */
    public static Model<?> fit(Estimator<?> estimator, Dataset<?> data) {
        handOverParams(estimator);
        return (Model<?>) estimator.fit(data);
    }

    /** Does what the loop in PySpark's {@code Pipeline} does; returns the last estimator's model. */
    public static Transformer fitPipeline(Dataset<?> data, PipelineStage... stages) {
        Dataset<?> current = data;
        Transformer last = null;
        // As in Python, whatever was applied is kept for the fitted pipeline.
        List<Transformer> applied = new ArrayList<>();
        for (int i = 0; i < stages.length; i++) {
            last = stages[i] instanceof Estimator<?> estimator ? fit(estimator, current) : (Transformer) stages[i];
            applied.add(last);
            if (i < stages.length - 1) {
                current = transform(last, current);
            }
        }
        return applied.get(applied.size() - 1);
    }

    /** Does what the loop in PySpark's {@code OneVsRest} does; returns the model of the JVM that it makes in the end. */
    public static OneVsRestModel fitOneVsRest(
            Dataset<?> data, String label, String features, int classes, Classifier<?, ?, ?> classifier)
            throws InterruptedException {
        Dataset<Row> needed = data.select(label, features);
        ClassificationModel<?, ?>[] models = new ClassificationModel<?, ?>[classes];
        List<RuntimeException> failures = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            int index = i;
            String column = "mc2b$" + index;
            Dataset<Row> labeled = needed.withColumn(
                    column,
                    functions
                            .when(needed.col(label).equalTo((double) index), 1.0)
                            .otherwise(0.0));
            Estimator<?> copy = classifier.copy(new ParamMap());
            set(copy, "labelCol", column);
            set(copy, "featuresCol", features);
            set(copy, "predictionCol", "prediction");
            Thread thread = new Thread(() -> {
                try {
                    models[index] = (ClassificationModel<?, ?>) fit(copy, labeled);
                } catch (RuntimeException e) {
                    failures.add(e);
                }
            });
            thread.start();
            thread.join();
        }
        if (!failures.isEmpty()) {
            throw failures.get(0);
        }
        return new OneVsRestModel("OneVsRestModel_of_python", Metadata.empty(), models);
    }

    @SuppressWarnings("unchecked")
    private static void set(Estimator<?> estimator, String name, String value) {
        estimator.set((Param<Object>) estimator.getParam(name), value);
    }

    /** The sequence is of another class in Scala 2.12 than in 2.13. */
    private static void handOverParams(PipelineStage stage) {
        try {
            for (Method method : stage.getClass().getMethods()) {
                if (method.getName().equals("setDefault") && method.getParameterCount() == 1) {
                    method.invoke(stage, scala.collection.immutable.Nil$.MODULE$);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
