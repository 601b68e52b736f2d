package io.sparkmlflow;

/** URIs of artifacts below a root. */
final class ArtifactUri {
    private ArtifactUri() {}

    /** Returns the URI of a path below a root; what follows {@code ?} or {@code #} in the root stays at the end. */
    static String below(String root, String path) {
        if (path == null || path.isEmpty()) {
            return root;
        }
        boolean isUri = root.matches("(?s)[A-Za-z][A-Za-z0-9+.-]+:.*");
        int end = isUri ? root.split("[?#]", 2)[0].length() : root.length();
        String base = root.substring(0, end);
        return base + (base.endsWith("/") ? "" : "/") + path + root.substring(end);
    }

    /** Returns the last name in a URI; empty if there is none. */
    static String lastName(String uri) {
        String path = uri.replaceAll("/+$", "");
        String name = path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf(':')) + 1);
        return name.equals("..") || name.equals(".") ? "" : name;
    }
}
