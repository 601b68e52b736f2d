package io.sparkmlflow.listener;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** JDBC URLs without anything that may be a credential. */
final class JdbcUrls {
    private static final String REDACTED = "*********(redacted)";

    /** The driver's part: {@code jdbc:postgresql:}, {@code jdbc:oracle:thin:}. Words, so that no user's name is among them. */
    private static final Pattern DRIVER = Pattern.compile("jdbc:[\\w+.-]+:((thin|oci|oci8|mem|file|tcp|ssl|sqlite):)?");

    private static final Pattern PARAMETERS = Pattern.compile("[?;&#]");
    private static final Pattern SECRET =
            Pattern.compile("(?i)(user|uid|password|passwd|pwd|secret|token|key|credential)[^/]*=");
    private static final Pattern TABLE = Pattern.compile("[\\w.$\\-`\"\\[\\]]+");

    private JdbcUrls() {}

    /**
     * Returns driver, host, port and database. Parameters, which may hold a password under any name, go; where it is not
     * certain what the password is, all after the driver goes.
     */
    static String withoutCredentials(String url) {
        Matcher matcher = DRIVER.matcher(url);
        if (!matcher.lookingAt()) {
            return REDACTED;
        }
        String driver = matcher.group();
        String rest = url.substring(matcher.end());
        Matcher parameters = PARAMETERS.matcher(rest);
        String place = parameters.find() ? rest.substring(0, parameters.start()) : rest;
        boolean mayBePassword = place.length() < rest.length() && rest.indexOf('@', place.length()) >= 0;
        if (mayBePassword || SECRET.matcher(place).find()) {
            return driver + REDACTED;
        }
        int userInfo = place.lastIndexOf('@');
        if (userInfo < 0) {
            return driver + place;
        }
        String host = place.substring(userInfo + 1);
        return driver + (place.startsWith("//") && !host.startsWith("//") ? "//" : "") + host;
    }

    /** Returns a table's name, or {@code null} for a query, whose text may hold anything. */
    static String tableName(String tableOrQuery) {
        return tableOrQuery != null && TABLE.matcher(tableOrQuery.strip()).matches() ? tableOrQuery.strip() : null;
    }
}
