package io.sparkmlflow.listener;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.StructType;

/**
 * What makes the columns of two schemas the same, as text. The queries of an application read the same few tables again and again,
 * whose relations keep their schemas, so the texts of the last ones are remembered: with 500 columns, that is most of a query's cost.
 */
final class SchemaTexts {
    private static final int MAX_REMEMBERED = 64;

    private record Known(WeakReference<StructType> schema, String text) {}

    private final List<Known> known = new ArrayList<>();
    private int next;

    /** Returns names and types, whatever their order and whether they may be null. */
    synchronized String of(StructType schema) {
        for (Known one : known) {
            if (one.schema().refersTo(schema)) {
                return one.text();
            }
        }
        Known made = new Known(new WeakReference<>(schema), text(schema));
        if (known.size() < MAX_REMEMBERED) {
            known.add(made);
        } else {
            known.set(next, made);
            next = (next + 1) % MAX_REMEMBERED;
        }
        return made.text();
    }

    private static String text(StructType schema) {
        return Arrays.stream(schema.fields())
                .map(field -> field.name() + ":" + field.dataType().catalogString())
                .sorted()
                .collect(Collectors.joining(","));
    }
}
