package io.sparkmlflow.listener;

import java.util.Map;
import java.util.Properties;

/**
 * Finds out which notebook or job of Databricks an application belongs to. The Spark conf of a cluster does not say; the first
 * Spark job that a notebook starts does. Used by the bus thread alone.
 */
final class NotebookWatch {
    private final FactQueue queue;
    private boolean over;

    /** @param isDatabricks whether there is anything to find */
    NotebookWatch(FactQueue queue, boolean isDatabricks) {
        this.queue = queue;
        this.over = !isDatabricks;
    }

    /** @param properties those of a Spark job, or {@code null} */
    void jobStarted(Properties properties) {
        if (over || properties == null) {
            return;
        }
        Map<String, String> tags = PlatformTags.databricks(properties::getProperty);
        if (tags.containsKey("mlflow.databricks.notebookID") || tags.containsKey("mlflow.databricks.jobID")) {
            over = true;
            queue.add(new Fact.TagsFound(tags));
        }
    }
}
