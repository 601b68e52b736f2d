package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** From the URI of a model that the session has never seen to the first scored row, beside loading and transforming. */
final class FirstRowBenchmark {
    private static final double GOAL = 1.2;
    private static final int WARM_UPS = 4;

    private final ScoringSpark spark;
    private final Path folder;
    private final int pairs;
    private int copies;

    FirstRowBenchmark(ScoringSpark spark, Path folder, int pairs) {
        this.spark = spark;
        this.folder = folder;
        this.pairs = Math.max(pairs, WARM_UPS);
    }

    void run() {
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            ScoringSpark.Saved model = spark.save(pipeline);
            Dataset<Row> rows = spark.table(1);
            for (int i = 0; i < WARM_UPS; i++) {
                function(model, rows);
                transform(model, rows);
            }
            System.out.println(new Costs(
                            "first row of " + pipeline.name().toLowerCase(java.util.Locale.ROOT),
                            "PipelineModel.load and transform",
                            GOAL)
                    .measure(pairs, () -> function(model, rows), () -> transform(model, rows)));
        }
    }

    private Cost function(ScoringSpark.Saved model, Dataset<Row> rows) {
        ScoringSpark.Saved copy = new ScoringSpark.Saved(null, copy(model.path()));
        return Cost.of(() -> rows.selectExpr(copy.call("mlflow_predict")).first());
    }

    private Cost transform(ScoringSpark.Saved model, Dataset<Row> rows) {
        Path copy = copy(model.path());
        return Cost.of(() -> PipelineModel.load(copy.resolve("sparkml").toString())
                .transform(rows)
                .select("prediction")
                .first());
    }

    /** Copies the model: the session keeps what it has loaded. */
    private Path copy(Path model) {
        Path copy = folder.resolve("copies").resolve(model.getFileName() + "-" + copies++);
        try (Stream<Path> files = Files.walk(model)) {
            for (Path file : files.toList()) {
                Path target = copy.resolve(model.relativize(file).toString());
                Files.createDirectories(target.getParent());
                if (Files.isRegularFile(file)) {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }
}
