package io.sparkmlflow.mllib;

import io.sparkmlflow.artifacts.HadoopArtifactStore;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;

/** Lets artifacts and Spark's own files go through the same file systems, with the application's settings. */
public final class SparkFileSystems {
    private SparkFileSystems() {}

    /**
     * Makes artifact stores of this JVM follow the {@code spark.hadoop.*} settings of an application, and the application
     * know the scheme {@code mlflow-artifacts:}. The last call counts; to call it again costs nothing.
     */
    public static void share(SparkContext context) {
        Configuration hadoop = context.hadoopConfiguration();
        MlflowArtifactsFileSystem.register(hadoop);
        HadoopArtifactStore.configureWith(() -> hadoop);
    }
}
