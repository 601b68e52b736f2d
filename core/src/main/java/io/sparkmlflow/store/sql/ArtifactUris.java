package io.sparkmlflow.store.sql;

import java.nio.file.Path;
import java.util.regex.Pattern;

/** The places of artifacts as MLflow writes them into its tables. */
final class ArtifactUris {
    // Two letters at least: a single one is a Windows drive.
    private static final Pattern SCHEME = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:.*", Pattern.DOTALL);

    private ArtifactUris() {}

    /** Makes a relative local path absolute, from the working directory; leaves everything else as it is. */
    static String resolve(String location) {
        if (location.startsWith("file:") && !location.startsWith("file:/")) {
            return "file://" + absolute(location.substring("file:".length()));
        }
        return SCHEME.matcher(location).matches() ? location : absolute(location);
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    /** Adds names to the path of a URI, before its query if it has one. */
    static String append(String uri, String... names) {
        int query = SCHEME.matcher(uri).matches() ? uri.indexOf('?') : -1;
        String path = query < 0 ? uri : uri.substring(0, query);
        StringBuilder appended = new StringBuilder(path);
        for (String name : names) {
            if (appended.length() == 0 || appended.charAt(appended.length() - 1) != '/') {
                appended.append('/');
            }
            appended.append(name);
        }
        return query < 0 ? appended.toString() : appended + uri.substring(query);
    }
}
