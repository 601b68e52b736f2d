package io.sparkmlflow.mllib;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** A stage as another library may have it: its data is partitioned, and it has files of its own. */
public final class PartitioningStage extends Transformer implements MLWritable {
    /** The uid of the one whose writer fails when it has written half. */
    static final String FAILING = "failing_1";

    private static final long serialVersionUID = 1L;

    private final String uid;

    public PartitioningStage(String uid) {
        this.uid = uid;
    }

    public static MLReader<PartitioningStage> read() {
        return new DefaultParamsReader<>();
    }

    @Override
    public MLWriter write() {
        return new MLWriter() {
            @Override
            public void saveImpl(String path) {
                try {
                    writeTo(path, sparkSession());
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }

    private void writeTo(String path, SparkSession spark) throws IOException {
        new DefaultParamsWriter(this).session(spark).save(path);
        if (uid.equals(FAILING)) {
            throw new IllegalStateException("half is written");
        }
        spark.range(4).selectExpr("id", "id % 2 AS k").write().partitionBy("k").parquet(path + "/data");
        Path own = new Path(path, "booster/part-00000");
        try (var file =
                own.getFileSystem(spark.sparkContext().hadoopConfiguration()).create(own)) {
            file.writeInt(7);
        }
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    @SuppressWarnings("unchecked")
    public Dataset<Row> transform(Dataset<?> dataset) {
        return (Dataset<Row>) dataset;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return schema;
    }

    @Override
    public Transformer copy(ParamMap extra) {
        return this;
    }
}
