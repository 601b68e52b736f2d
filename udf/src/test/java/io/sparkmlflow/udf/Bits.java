package io.sparkmlflow.udf;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.sql.Row;

/** Values as text in which two doubles are the same only if their bits are. */
final class Bits {
    private Bits() {}

    static String of(Object value) {
        if (value instanceof Double number) {
            return number + "#" + Long.toHexString(Double.doubleToRawLongBits(number));
        } else if (value instanceof DenseVector vector) {
            return "dense" + of(vector.values());
        } else if (value instanceof SparseVector vector) {
            return "sparse" + vector.size() + Arrays.toString(vector.indices()) + of(vector.values());
        } else if (value instanceof Row row) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < row.size(); i++) {
                fields.add(of(row.get(i)));
            }
            return fields.toString();
        } else if (value instanceof scala.collection.Seq<?> seq) {
            return ScalaInterop.list(seq).stream().map(Bits::of).toList().toString();
        } else if (value instanceof List<?> list) {
            return list.stream().map(Bits::of).toList().toString();
        }
        return String.valueOf(value);
    }

    private static String of(double[] values) {
        return Arrays.stream(values).mapToObj(Bits::of).toList().toString();
    }
}
