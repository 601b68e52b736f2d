package io.sparkmlflow.benchmarks;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.StructType;
import ml.combust.mleap.runtime.MleapContext;
import ml.combust.mleap.runtime.frame.RowTransformer;
import ml.combust.mleap.runtime.frame.Transformer;
import ml.combust.mleap.runtime.javadsl.BundleBuilder;
import ml.combust.mleap.runtime.javadsl.ContextBuilder;
import ml.combust.mleap.runtime.javadsl.LeapFrameBuilder;
import ml.combust.mleap.spark.SimpleSparkSerializer;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Scores single rows with MLeap's row transformer, its fastest way, after Spark is gone. */
public final class MleapRows {
    private MleapRows() {}

    /** Arguments: a folder, the pipeline's name, how many calls. */
    public static void main(String[] args) {
        ScoringPipelines pipeline = ScoringPipelines.valueOf(args[1]);
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.warehouse.dir", args[0] + "/warehouse-mleap")
                .getOrCreate();
        PipelineModel model = pipeline.fit(spark);
        File bundle = new File(args[0], "mleap-" + pipeline + "-" + System.nanoTime() + ".zip");
        new SimpleSparkSerializer()
                .serializeToBundle(
                        model, "jar:file:" + bundle, model.transform(ScoringPipelines.table(spark, RowTimes.ROWS)));
        List<Object[]> rows = new ArrayList<>();
        for (Row row : ScoringPipelines.table(spark, RowTimes.ROWS).collectAsList()) {
            Object[] values = new Object[pipeline.inputs().length];
            for (int i = 0; i < values.length; i++) {
                values[i] = row.getAs(pipeline.inputs()[i]);
            }
            rows.add(values);
        }
        spark.stop();

        LeapFrameBuilder frames = new LeapFrameBuilder();
        List<StructField> fields = new ArrayList<>();
        for (String name : pipeline.inputs()) {
            boolean isNumber = name.startsWith("x");
            fields.add(frames.createField(name, isNumber ? frames.createDouble() : frames.createString()));
        }
        StructType schema = frames.createSchema(fields);
        MleapContext context = new ContextBuilder().createMleapContext();
        Transformer transformer = (Transformer) new BundleBuilder().load(bundle, context).root();
        RowTransformer scorer =
                (RowTransformer) transformer.transform(RowTransformer.apply(schema)).get();
        int prediction = (Integer) scorer.outputSchema().indexOf("prediction").get();
        RowTimes.measure(
                Integer.parseInt(args[2]),
                i -> scorer.transform(frames.createRow(java.util.Arrays.asList(rows.get(i)))).getDouble(prediction));
    }
}
