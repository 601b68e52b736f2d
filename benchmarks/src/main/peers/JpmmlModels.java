package io.sparkmlflow.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jpmml.sparkml.PMMLBuilder;

/** Fits the pipelines in the Spark that JPMML knows and converts them to PMML; one that JPMML can't convert has no file. */
public final class JpmmlModels {
    private JpmmlModels() {}

    /** Arguments: a folder. */
    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", args[0] + "/warehouse-jpmml")
                .getOrCreate();
        for (ScoringPipelines pipeline : ScoringPipelines.values()) {
            PipelineModel model = pipeline.fit(spark);
            StructType schema = ScoringPipelines.table(spark, 1).select("label", pipeline.inputs()).schema();
            Path file = Path.of(args[0], pipeline.name() + ".pmml");
            try {
                new PMMLBuilder(schema, model).buildFile(file.toFile());
            } catch (RuntimeException e) {
                Files.deleteIfExists(file);
                System.err.println(pipeline + " can't be converted: " + e);
            }
        }
        spark.stop();
    }
}
