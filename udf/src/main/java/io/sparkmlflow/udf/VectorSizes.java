package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.MaxAbsScalerModel;
import org.apache.spark.ml.feature.MinMaxScalerModel;
import org.apache.spark.ml.feature.PCAModel;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/**
 * Finds the size of a vector that goes into a {@link VectorAssembler}, which otherwise looks at the first row of its frame
 * and here would find none.
 */
final class VectorSizes {
    private VectorSizes() {}

    /**
     * Notes the size of the one vector whose size the frame doesn't say, where a later stage knows how wide the assembled
     * vector is.
     */
    static Dataset<Row> known(VectorAssembler assembler, List<StageColumns> later, Dataset<Row> frame) {
        List<String> unknown = new ArrayList<>();
        int width = 0;
        for (String input : assembler.getInputCols()) {
            int size = size(frame, input);
            width += Math.max(size, 0);
            if (size < 0) {
                unknown.add(input);
            }
        }
        int total = unknown.size() == 1 ? expected(assembler.getOutputCol(), later) : -1;
        if (total <= width) {
            return frame;
        }
        String column = unknown.get(0);
        return frame.withMetadata(column, new AttributeGroup(column, total - width).toMetadata());
    }

    private static int size(Dataset<Row> frame, String input) {
        for (StructField field : frame.schema().fields()) {
            if (field.name().equals(input) && field.dataType().equals(SQLDataTypes.VectorType())) {
                return AttributeGroup.fromStructField(field).size();
            }
        }
        return 1;
    }

    private static int expected(String column, List<StageColumns> later) {
        for (StageColumns columns : later) {
            int width = columns.inputs().contains(column) ? width(columns.stage()) : -1;
            if (width >= 0) {
                return width;
            }
        }
        return -1;
    }

    private static int width(Transformer stage) {
        if (stage instanceof PredictionModel<?, ?> predictor) {
            return predictor.numFeatures();
        } else if (stage instanceof StandardScalerModel scaler) {
            return scaler.mean().size();
        } else if (stage instanceof MinMaxScalerModel scaler) {
            return scaler.originalMin().size();
        } else if (stage instanceof MaxAbsScalerModel scaler) {
            return scaler.maxAbs().size();
        } else if (stage instanceof PCAModel pca) {
            return pca.pc().numRows();
        } else if (stage instanceof KMeansModel clusters) {
            return clusters.clusterCenters()[0].size();
        }
        return -1;
    }
}
