package io.sparkmlflow.store.sql;

import io.sparkmlflow.MlflowException;

/**
 * What a model version's source says if it is a {@code models:} URI: a logged model ({@code models:/m-…}), or a version of
 * a registered model by number, stage, alias or {@code latest} (neither of them). All null for any other source.
 */
record ModelSource(String modelId, String name, Integer version, String stage, String alias) {
    private static final ModelSource FILES = new ModelSource(null, null, null, null, null);

    /** Of a number that an int can hold whatever its digits are. */
    private static final int MAX_DIGITS = 9;

    static ModelSource parse(String source) {
        if (!source.startsWith("models:")) {
            return FILES;
        }
        String path = source.substring("models:".length());
        String[] parts = path.replaceFirst("^/+", "").split("/", -1);
        if (!path.startsWith("/") || path.startsWith("//") || parts.length > 2 || parts[0].isBlank()) {
            throw notOne(source);
        }
        if (parts.length == 1) {
            int at = parts[0].lastIndexOf('@');
            if (at < 0) {
                return new ModelSource(parts[0], null, null, null, null);
            }
            return new ModelSource(null, parts[0].substring(0, at), null, null, parts[0].substring(at + 1));
        }
        String suffix = parts[1];
        if (suffix.isBlank()) {
            throw notOne(source);
        }
        if (suffix.chars().allMatch(Character::isDigit)) {
            if (suffix.length() > MAX_DIGITS) {
                throw notOne(source);
            }
            return new ModelSource(null, parts[0], Integer.valueOf(suffix), null, null);
        }
        return new ModelSource(null, parts[0], null, suffix.equalsIgnoreCase("latest") ? null : suffix, null);
    }

    private static MlflowException notOne(String source) {
        return MlflowException.invalidParameter("Invalid model version source: '" + source
                + "': expected models:/<model id>, models:/<name>/<version or stage> or models:/<name>@<alias>");
    }
}
