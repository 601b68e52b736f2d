package io.sparkmlflow.listener;

import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.mllib.SparkColumns;
import io.sparkmlflow.model.SignatureJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** The frame that a model is fitted on, as an MLflow dataset. Nothing is run to describe it. */
final class TrainingDataset {
    private TrainingDataset() {}

    /** Describes a frame by its columns, its plan's hash and, where it comes from one source, by that source. */
    static Dataset of(org.apache.spark.sql.Dataset<?> frame, List<DataSource> sources) {
        boolean single = sources.size() == 1;
        return new Dataset(
                single ? sources.get(0).name() : "dataset",
                digest(frame.semanticHash()),
                single ? sources.get(0).sourceType() : "code",
                single ? sources.get(0).sourceJson() : "{\"tags\": {}}",
                SignatureJson.datasetSchema(SparkColumns.of(frame.schema())),
                "{\"approx_count\": \"unknown\"}");
    }

    /** The first 8 hexadecimal digits of the MD5 of the hash as a little-endian int64, as Python computes it. */
    private static String digest(long semanticHash) {
        return Digests.of(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(semanticHash)
                .array());
    }
}
