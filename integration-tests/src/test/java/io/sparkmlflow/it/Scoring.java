package io.sparkmlflow.it;

import java.nio.file.Path;
import java.util.List;

/** Scores the held-out table in spark-sql. */
final class Scoring {
    private Scoring() {}

    /** A held-out row: its diagnosis, and what the model predicted for it. */
    record Scored(String diagnosis, double prediction) {}

    /** Returns a row for each held-out row, in the file's order. */
    static List<Scored> score(Distribution spark, Path directory, String trackingUri, String modelUri) {
        String statements = "CREATE TEMPORARY VIEW holdout USING csv OPTIONS (path '" + Checkout.heldOutTable()
                + "', header 'true', inferSchema 'true');"
                + " SELECT diagnosis, mlflow_predict('" + modelUri + "', struct(*)) AS prediction FROM holdout;";
        Outcome outcome = SparkCommand.sql(spark, statements)
                .conf("spark.mlflow.trackingUri", trackingUri)
                .run(directory)
                .assertSucceeded();
        return outcome.stdoutLines().stream()
                .filter(line -> line.matches("[MB]\t.*"))
                .map(line -> line.split("\t"))
                .map(cells -> new Scored(cells[0], Double.parseDouble(cells[1])))
                .toList();
    }

    static List<Double> predictions(List<Scored> rows) {
        return rows.stream().map(Scored::prediction).toList();
    }

    /** Returns the share of rows that are predicted right, where 1 stands for malignant. */
    static double accuracy(List<Scored> rows) {
        long right = rows.stream()
                .filter(row -> row.prediction() == (row.diagnosis().equals("M") ? 1.0 : 0.0))
                .count();
        return (double) right / rows.size();
    }
}
