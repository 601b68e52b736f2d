package io.sparkmlflow.store;

/**
 * One key of an ordering of logged models. Models without a value come last.
 *
 * @param fieldName an attribute such as {@code name} or {@code creation_timestamp}, or {@code metrics.<key>}: the latest
 *     value of that metric
 * @param dataset counts only values on this dataset, for metrics; {@code null} for values on any
 */
public record LoggedModelOrder(String fieldName, boolean ascending, DatasetFilter dataset) {
    /** Orders by a field, whatever dataset it is about. */
    public LoggedModelOrder(String fieldName, boolean ascending) {
        this(fieldName, ascending, null);
    }
}
