package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class PlatformTagsTest {
    private static final String CLUSTER = "spark.databricks.clusterUsageTags.clusterId";

    @Test
    void aDatabricksClusterIsNamedAsMlflowNamesIt() {
        Map<String, String> conf =
                Map.of(CLUSTER, "0101-1", "spark.databricks.workspaceUrl", "dbc-1.cloud.databricks.com");
        assertThat(PlatformTags.isDatabricks(conf::get)).isTrue();
        assertThat(PlatformTags.of(conf::get, Map.of()))
                .isEqualTo(Map.of(
                        "mlflow.databricks.cluster.id",
                        "0101-1",
                        "mlflow.databricks.workspaceURL",
                        "dbc-1.cloud.databricks.com"));
    }

    @Test
    void theFirstSparkJobOfANotebookNamesIt() throws InterruptedException {
        FactQueue queue = new FactQueue(10);
        NotebookWatch watch = new NotebookWatch(queue, true);
        watch.jobStarted(null);
        watch.jobStarted(new Properties());
        assertThat(queue.size()).isZero();

        Properties properties = new Properties();
        properties.setProperty("spark.databricks.notebook.id", "7");
        properties.setProperty("spark.databricks.notebook.path", "/Users/alice/churn");
        watch.jobStarted(properties);
        watch.jobStarted(properties);

        assertThat(queue.size()).isOne();
        assertThat(((Fact.TagsFound) queue.take()).tags())
                .containsEntry("mlflow.databricks.notebookID", "7")
                .containsEntry("mlflow.source.type", "NOTEBOOK")
                .containsEntry("mlflow.source.name", "/Users/alice/churn");
    }

    @Test
    void aJobOfDatabricksIsTheSource() {
        Map<String, String> properties = Map.of("spark.databricks.job.id", "11", "spark.databricks.job.runId", "12");
        assertThat(PlatformTags.databricks(properties::get))
                .containsEntry("mlflow.source.name", "jobs/11/run/12")
                .containsEntry("mlflow.source.type", "JOB")
                .containsEntry("mlflow.databricks.jobID", "11")
                .containsEntry("mlflow.databricks.jobRunID", "12");
    }

    @Test
    void outsideOfDatabricksNothingIsLookedFor() {
        FactQueue queue = new FactQueue(10);
        Properties properties = new Properties();
        properties.setProperty("spark.databricks.job.id", "11");
        new NotebookWatch(queue, PlatformTags.isDatabricks(key -> null)).jobStarted(properties);
        assertThat(queue.size()).isZero();
        assertThat(PlatformTags.of(key -> null, Map.of("PATH", "/bin"))).isEmpty();
    }

    @Test
    void emrNamesItsStepsAndJobs() {
        Map<String, String> conf = new HashMap<>();
        conf.put("spark.kubernetes.driver.label.emr-containers.amazonaws.com/job.id", "j-2");
        assertThat(PlatformTags.of(conf::get, Map.of("EMR_CLUSTER_ID", "j-1", "EMR_STEP_ID", "s-1")))
                .isEqualTo(Map.of("emr.clusterId", "j-1", "emr.stepId", "s-1", "emr.jobRunId", "j-2"));
    }
}
