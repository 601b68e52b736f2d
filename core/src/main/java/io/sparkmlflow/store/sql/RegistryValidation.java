package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;
import java.util.List;
import java.util.regex.Pattern;

/** What MLflow's model registry accepts for names, aliases, tags and stages, refused with its words. */
public final class RegistryValidation {
    public static final int MAX_MODELS = 1_000;
    public static final int MAX_VERSIONS = 200_000;

    private static final int MAX_TAG_VALUE = 100_000;
    private static final int MAX_ALIAS = 255;
    public static final List<String> STAGES = List.of("None", "Staging", "Production", "Archived");
    static final List<String> ACTIVE_STAGES = List.of("Staging", "Production");
    private static final Pattern ALIAS = Pattern.compile("[\\w\\-]*", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern LIKE_A_VERSION = Pattern.compile("[vV]\\d+");

    private RegistryValidation() {}

    /** Checks a registered model's name. */
    public static void modelName(String name) {
        if (name == null || name.isBlank()) {
            throw Validation.missing("name");
        }
        if (name.contains("/") || name.contains(":")) {
            throw MlflowException.invalidParameter(
                    "Invalid model name '" + name + "'. Names cannot contain '/' or ':'.");
        }
        Validation.uniquePath(name, "name");
    }

    static void tag(String key, String value) {
        Validation.tagKey(key, "key", Validation.MAX_KEY);
        if (value == null) {
            throw MlflowException.invalidParameter("Tag value cannot be None");
        }
        Validation.limit("value", MAX_TAG_VALUE, value);
    }

    /** Checks an alias that is looked for. */
    public static void alias(String alias) {
        if (alias == null || alias.isEmpty()) {
            throw MlflowException.invalidParameter("Registered model alias name cannot be empty.");
        }
        if (!ALIAS.matcher(alias).matches()) {
            throw MlflowException.invalidParameter("Invalid alias name: '" + alias
                    + "'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
        }
        Validation.limit("Registered model alias name", MAX_ALIAS, alias);
    }

    /** Refuses an alias that means something else in a model's URI. */
    public static void newAlias(String alias) {
        alias(alias);
        if (alias.equalsIgnoreCase("latest")) {
            throw MlflowException.invalidParameter("'latest' alias name (case insensitive) is reserved.");
        }
        if (LIKE_A_VERSION.matcher(alias).matches()) {
            throw MlflowException.invalidParameter("Version alias name '" + alias + "' is reserved.");
        }
    }

    /** Returns a stage as it is stored, whatever the case it was written in. */
    public static String stage(String stage) {
        for (String known : STAGES) {
            if (known.equalsIgnoreCase(stage)) {
                return known;
            }
        }
        throw MlflowException.invalidParameter(
                "Invalid Model Version stage: " + stage + ". Value must be one of " + String.join(", ", STAGES) + ".");
    }

    /** Checks the size of a page. */
    public static void maxResults(int maxResults, int limit) {
        if (maxResults < 1) {
            throw MlflowException.invalidParameter(
                    "Invalid value for max_results. It must be a positive integer, but got " + maxResults);
        }
        if (maxResults > limit) {
            throw MlflowException.invalidParameter(
                    "Invalid value for request parameter max_results. It must be at most " + limit + ", but got value "
                            + maxResults);
        }
    }
}
