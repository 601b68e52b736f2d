package io.sparkmlflow.listener;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Tells the queries by which models are saved and loaded from those of users: MLlib keeps a model as tables of its own making, with
 * names such as {@code data} and {@code metadata}, and these are nobody's data.
 *
 * <p>Spark notes from where each query was started. The classes of MLlib count as a caller's there.
 */
final class ModelFiles {
    private static final String MLLIB = "org.apache.spark.ml";

    /** The frames below which MLlib's writers and readers, and those of models of others, do their work. */
    private static final Pattern WRITER_OR_READER = Pattern.compile("(?m)^(?:\\S*/)?org\\.apache\\.spark\\."
            + "(?:ml\\.util\\.MLWriter\\.save"
            + "|ml\\.util\\.MLReadable\\.load"
            + "|ml\\.\\S*Reader\\$?\\.load\\w*"
            + "|mllib\\.\\S*SaveLoadV\\w*\\$?\\.(?:save|load))\\(");

    private static final String PYTHON = "py4j.";

    private ModelFiles() {}

    /**
     * Returns whether MLlib started a query to save or load a model.
     *
     * @param callSite a frame in each line, the innermost first
     */
    static boolean areOf(String callSite) {
        return callSite != null
                && callSite.contains(MLLIB)
                && WRITER_OR_READER.matcher(callSite).find();
    }

    /** Returns whether a query was started from Python. */
    static boolean isPythons(String callSite) {
        return callSite != null && callSite.contains(PYTHON);
    }

    /**
     * Returns whether PySpark, parts of which save and load models without MLlib, made this of a model: the JVM sees from there but
     * plain reads and writes of one column of text, in a folder that is always called the same.
     */
    static boolean isPythons(DataSource source) {
        return source.format().equals("text")
                && source.name().equals("metadata")
                && List.of(source.schema().fieldNames()).equals(List.of("value"));
    }
}
