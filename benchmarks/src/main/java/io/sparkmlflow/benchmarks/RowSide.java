package io.sparkmlflow.benchmarks;

import io.sparkmlflow.RowScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;

/** Scores single rows with {@link RowScorer}, after its Spark is gone. */
final class RowSide {
    private RowSide() {}

    /** Arguments: a folder to write to, the saved model, the pipeline's name, how many calls. */
    public static void main(String[] args) {
        ScoringPipelines pipeline = ScoringPipelines.valueOf(args[2]);
        List<Map<String, Object>> rows = new ArrayList<>();
        RowScorer scorer;
        try (ScoringSpark spark = new ScoringSpark(Path.of(args[0]))) {
            for (Row row :
                    ScoringPipelines.table(spark.session(), RowTimes.ROWS).collectAsList()) {
                Map<String, Object> values = new HashMap<>();
                for (String name : pipeline.inputs()) {
                    values.put(name, row.getAs(name));
                }
                rows.add(values);
            }
            scorer = RowScorer.load(args[1]);
        }
        RowTimes.measure(Integer.parseInt(args[3]), i -> (Double) scorer.predict(rows.get(i)));
    }
}
