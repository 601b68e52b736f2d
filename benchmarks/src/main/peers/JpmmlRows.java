package io.sparkmlflow.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;

/** Scores single rows with JPMML's evaluator of the model in PMML, without any Spark. */
public final class JpmmlRows {
    private JpmmlRows() {}

    /** Arguments: the model in PMML, the rows, how many calls. */
    public static void main(String[] args) throws Exception {
        PlainPipeline pipeline = PlainPipeline.read(Path.of(args[1]));
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Object[] values : pipeline.rows()) {
            Map<String, Object> row = new HashMap<>();
            for (int i = 0; i < values.length; i++) {
                row.put(pipeline.inputs()[i], values[i]);
            }
            rows.add(row);
        }
        Evaluator evaluator = new LoadingModelEvaluatorBuilder()
                .load(Path.of(args[0]).toFile())
                .build();
        evaluator.verify();
        RowTimes.measure(
                Integer.parseInt(args[2]),
                i -> ((Number) evaluator.evaluate(rows.get(i)).get("prediction")).doubleValue());
    }
}
