package io.sparkmlflow.udf;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Function1;

/** {@code StringIndexer}, to which Spark decodes each text before MLlib hashes it twice. */
final class FastIndex {
    /** With more labels the two tables would make the model much bigger. */
    private static final int MOST_LABELS = 1 << 14;

    private FastIndex() {}

    /** Says whether a function is that of an indexer of texts. */
    static boolean fits(StageOutput maker, List<Expression> arguments) {
        return maker != null
                && maker.stage() instanceof StringIndexerModel
                && arguments.size() == 1
                && arguments.get(0).dataType().equals(DataTypes.StringType);
    }

    /**
     * Returns the look-up before MLlib's own call.
     *
     * @param text the place of the text in Catalyst's form
     * @param external its place in the user's form
     * @param function MLlib's function, which is asked for the index of each label
     */
    @SuppressWarnings("unchecked")
    static FusedNode of(StageOutput maker, int text, int external, FusedNode own, Object function) {
        HashMap<UTF8String, Double> indices = new HashMap<>();
        HashMap<String, Double> externalIndices = new HashMap<>();
        for (String label : labels((StringIndexerModel) maker.stage(), maker.column())) {
            Double index = ((Function1<Object, Double>) function).apply(label);
            UTF8String bytes = UTF8String.fromString(label);
            // Half of a surrogate pair has no bytes of its own.
            if (bytes.toString().equals(label)) {
                indices.put(bytes, index);
                externalIndices.put(label, index);
            }
        }
        return indices.isEmpty() ? own : new FusedNode.Indexed(text, external, own, indices, externalIndices);
    }

    private static List<String> labels(StringIndexerModel stage, String column) {
        String[][] labels = stage.labelsArray();
        List<String> columns =
                stage.isDefined(stage.outputCols()) ? List.of(stage.getOutputCols()) : List.of(stage.getOutputCol());
        int place = columns.indexOf(column);
        return place < 0 || labels[place].length > MOST_LABELS ? List.of() : Arrays.asList(labels[place]);
    }
}
