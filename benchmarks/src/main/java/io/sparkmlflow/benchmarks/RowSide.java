package io.sparkmlflow.benchmarks;

import io.sparkmlflow.RowScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Scores single rows with {@link RowScorer}, which runs a Spark only while it loads. */
final class RowSide {
    private RowSide() {}

    /** Arguments: the saved model, the rows, how many calls. */
    public static void main(String[] args) throws IOException, ClassNotFoundException {
        PlainPipeline pipeline = PlainPipeline.read(Path.of(args[1]));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Object[] values : pipeline.rows()) {
            Map<String, Object> row = new HashMap<>();
            for (int i = 0; i < values.length; i++) {
                row.put(pipeline.inputs()[i], values[i]);
            }
            rows.add(row);
        }
        RowScorer scorer = RowScorer.load(args[0]);
        RowTimes.measure(Integer.parseInt(args[2]), i -> (Double) scorer.predict(rows.get(i)));
    }
}
