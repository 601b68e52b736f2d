package io.sparkmlflow.listener;

import io.sparkmlflow.entities.MlflowTags;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What Databricks and Amazon EMR say about the job that an application runs in. Databricks' tags have the names by which
 * MLflow's own clients and its web page know them; MLflow has none for EMR.
 */
final class PlatformTags {
    private static final Map<String, String> DATABRICKS = Map.of(
            "spark.databricks.clusterUsageTags.clusterId", "mlflow.databricks.cluster.id",
            "spark.databricks.workspaceUrl", "mlflow.databricks.workspaceURL",
            "spark.databricks.clusterUsageTags.clusterOwnerOrgId", "mlflow.databricks.workspaceID",
            "spark.databricks.job.id", "mlflow.databricks.jobID",
            "spark.databricks.job.runId", "mlflow.databricks.jobRunID",
            "spark.databricks.job.type", "mlflow.databricks.jobType",
            "spark.databricks.notebook.id", "mlflow.databricks.notebookID",
            "spark.databricks.notebook.path", "mlflow.databricks.notebookPath");
    private static final Map<String, String> EMR_ENVIRONMENT = Map.of(
            "EMR_CLUSTER_ID", "emr.clusterId",
            "EMR_STEP_ID", "emr.stepId",
            "SERVERLESS_EMR_APPLICATION_ID", "emr.applicationId",
            "SERVERLESS_EMR_JOB_ID", "emr.jobRunId");
    private static final Map<String, String> EMR_ON_EKS = Map.of(
            "spark.kubernetes.driver.label.emr-containers.amazonaws.com/job.id", "emr.jobRunId",
            "spark.kubernetes.driver.label.emr-containers.amazonaws.com/virtual-cluster-id", "emr.virtualClusterId");

    private PlatformTags() {}

    /** Returns whether there is a Databricks cluster around this. */
    static boolean isDatabricks(UnaryOperator<String> conf) {
        return conf.apply("spark.databricks.clusterUsageTags.clusterId") != null;
    }

    /**
     * Returns what a Spark conf and the environment say.
     *
     * @param conf gives the value of a key, or {@code null}
     */
    static Map<String, String> of(UnaryOperator<String> conf, Map<String, String> environment) {
        Map<String, String> tags = databricks(conf);
        copy(EMR_ENVIRONMENT, environment::get, tags);
        copy(EMR_ON_EKS, conf, tags);
        return tags;
    }

    /** Returns what Databricks says in a Spark conf, or in the properties of a Spark job that a notebook has started. */
    static Map<String, String> databricks(UnaryOperator<String> properties) {
        Map<String, String> tags = new LinkedHashMap<>();
        copy(DATABRICKS, properties, tags);
        String job = tags.get("mlflow.databricks.jobID");
        String jobRun = tags.get("mlflow.databricks.jobRunID");
        String notebook = tags.get("mlflow.databricks.notebookPath");
        if (job != null && jobRun != null) {
            tags.put(MlflowTags.SOURCE_NAME, "jobs/" + job + "/run/" + jobRun);
            tags.put(MlflowTags.SOURCE_TYPE, "JOB");
        } else if (notebook != null) {
            tags.put(MlflowTags.SOURCE_NAME, notebook);
            tags.put(MlflowTags.SOURCE_TYPE, "NOTEBOOK");
        }
        return tags;
    }

    private static void copy(Map<String, String> names, UnaryOperator<String> values, Map<String, String> tags) {
        names.forEach((from, to) -> {
            String value = values.apply(from);
            if (value != null && !value.isBlank()) {
                tags.put(to, value);
            }
        });
    }
}
