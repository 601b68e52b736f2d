package io.sparkmlflow.artifacts;

import io.sparkmlflow.MlflowException;

/** Paths below an artifact root: names with {@code /} between them, the empty path for the root. */
final class ArtifactPath {
    private ArtifactPath() {}

    /**
     * Returns a path without needless slashes and dots; empty for {@code null}.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if it is absolute or leads upwards
     */
    static String normalize(String path) {
        if (path == null || path.isEmpty()) {
            return "";
        }
        StringBuilder normal = new StringBuilder();
        for (String name : path.split("/")) {
            if (name.equals("..")) {
                throw leaves(path);
            }
            if (!name.isEmpty() && !name.equals(".")) {
                normal.append(normal.isEmpty() ? "" : "/").append(name);
            }
        }
        if (path.startsWith("/") || path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
            throw leaves(path);
        }
        return normal.toString();
    }

    /** Returns {@code child} in the directory {@code parent}; either may be empty. */
    static String join(String parent, String child) {
        if (parent.isEmpty() || child.isEmpty()) {
            return parent + child;
        }
        return parent + "/" + child;
    }

    /** Returns the directory of a path that is not empty. */
    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /** Returns the path of a file, which is never the root itself. */
    static String requireFile(String path) {
        String normal = normalize(path);
        if (normal.isEmpty() || path.endsWith("/")) {
            throw MlflowException.invalidParameter("'" + path
                    + "' names no file: expected a path below the artifact root that ends in the file's name");
        }
        return normal;
    }

    static MlflowException notFound(String path, String rootUri) {
        String normal = normalize(path);
        return MlflowException.notFound(
                normal.isEmpty()
                        ? "There are no artifacts at " + rootUri
                        : "There is no artifact '" + normal + "' in " + rootUri);
    }

    static MlflowException isDirectory(String path, String rootUri) {
        return MlflowException.invalidParameter(
                "'" + normalize(path) + "' in " + rootUri + " is a directory, not a file");
    }

    private static MlflowException leaves(String path) {
        return MlflowException.invalidParameter("'" + path
                + "' is not a path of an artifact: expected names with '/' between them, below the artifact root"
                + " (no '..', no backslash, no '/' at the start)");
    }
}
