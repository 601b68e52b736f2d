package io.sparkmlflow.entities;

/**
 * A dataset as MLflow describes it; its identity is (experiment, name, digest).
 *
 * @param name at most 500 characters
 * @param digest a short content or plan hash, at most 36 characters
 * @param sourceType the kind of {@code source}: {@code spark}, {@code delta_table}, {@code local}, {@code s3}, …
 * @param source a JSON object whose shape depends on {@code sourceType}, e.g. {@code {"path": "…"}}
 * @param schema a JSON object {@code {"mlflow_colspec": […]}}, or {@code null}
 * @param profile a JSON object, e.g. {@code {"approx_count": 150}}, or {@code null}
 */
public record Dataset(String name, String digest, String sourceType, String source, String schema, String profile) {}
