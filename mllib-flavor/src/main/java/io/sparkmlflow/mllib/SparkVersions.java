package io.sparkmlflow.mllib;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares versions of Spark by their line, {@code 4.1} of {@code 4.1.4}. */
final class SparkVersions {
    private static final Pattern LINE = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})(\\D.*)?");

    private SparkVersions() {}

    /** Returns whether the first is of a later line than the second; {@code false} if one of them is no version. */
    static boolean isNewerLine(String version, String than) {
        Matcher one = LINE.matcher(version);
        Matcher other = LINE.matcher(than);
        if (!one.matches() || !other.matches()) {
            return false;
        }
        int major = Integer.compare(Integer.parseInt(one.group(1)), Integer.parseInt(other.group(1)));
        return major != 0 ? major > 0 : Integer.parseInt(one.group(2)) > Integer.parseInt(other.group(2));
    }

    /** Returns the line of a version, or the text itself if it is none. */
    static String line(String version) {
        Matcher matcher = LINE.matcher(version);
        return matcher.matches() ? matcher.group(1) + "." + matcher.group(2) : version;
    }
}
