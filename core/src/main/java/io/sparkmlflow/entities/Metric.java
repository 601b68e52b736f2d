package io.sparkmlflow.entities;

/**
 * One point of a metric's history.
 *
 * @param value any double, NaN and the infinities included
 * @param timestamp milliseconds since the epoch, not negative
 * @param step the point's place on the training axis; may be negative
 * @param modelId the logged model that the value belongs to, or {@code null}
 * @param datasetName the dataset that the value was computed on, or {@code null}
 * @param datasetDigest that dataset's digest, or {@code null}
 */
public record Metric(
        String key, double value, long timestamp, long step, String modelId, String datasetName, String datasetDigest) {
    /** Makes a point that belongs to its run alone. */
    public Metric(String key, double value, long timestamp, long step) {
        this(key, value, timestamp, step, null, null, null);
    }
}
