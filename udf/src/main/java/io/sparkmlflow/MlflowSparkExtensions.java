package io.sparkmlflow;

import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.mllib.SparkFileSystems;
import io.sparkmlflow.udf.ModelFunctions;
import io.sparkmlflow.udf.ModelSource;
import io.sparkmlflow.udf.RegistryModelSource;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkContext$;
import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Adds {@code mlflow_predict} and {@code mlflow_predict_struct} to Spark SQL, and {@code mlflow-artifacts:} to its file systems.
 *
 * <p>Named in {@code spark.sql.extensions}, in spark-submit, spark-sql, spark-shell or a Spark Connect server.
 */
public class MlflowSparkExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
    private final ModelSource source;

    /** Makes the extensions that Spark makes by their name. */
    public MlflowSparkExtensions() {
        this(new RegistryModelSource());
    }

    /**
     * Makes extensions whose models come from {@code source}.
     *
     * @param source where the models come from
     */
    protected MlflowSparkExtensions(ModelSource source) {
        this.source = source;
    }

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        SparkContext context = ScalaInterop.orNull(SparkContext$.MODULE$.getActive());
        if (context != null) {
            SparkFileSystems.share(context);
        }
        ModelFunctions.inject(extensions, source);
        return BoxedUnit.UNIT;
    }
}
