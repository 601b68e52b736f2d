package io.sparkmlflow.benchmarks;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jpmml.evaluator.Evaluator;
import org.jpmml.evaluator.ModelEvaluatorBuilder;
import org.jpmml.sparkml.PMMLBuilder;

/** Scores single rows with JPMML's evaluator of the model in PMML, after Spark is gone. */
public final class JpmmlRows {
    private JpmmlRows() {}

    /** Arguments: a folder, the pipeline's name, how many calls. */
    public static void main(String[] args) throws Exception {
        ScoringPipelines pipeline = ScoringPipelines.valueOf(args[1]);
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", args[0] + "/warehouse-jpmml")
                .getOrCreate();
        PipelineModel model = pipeline.fit(spark);
        StructType schema = ScoringPipelines.table(spark, 1).select("label", pipeline.inputs()).schema();
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Row row : ScoringPipelines.table(spark, RowTimes.ROWS).collectAsList()) {
            Map<String, Object> values = new HashMap<>();
            for (String name : pipeline.inputs()) {
                values.put(name, row.getAs(name));
            }
            rows.add(values);
        }
        spark.stop();
        Evaluator evaluator = new ModelEvaluatorBuilder(new PMMLBuilder(schema, model).build()).build();
        evaluator.verify();
        RowTimes.measure(
                Integer.parseInt(args[2]),
                i -> ((Number) evaluator.evaluate(rows.get(i)).get("prediction")).doubleValue());
    }
}
