package io.sparkmlflow.store.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sparkmlflow.MlflowException;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URI of a database on a server, as SQLAlchemy reads it: {@code postgresql://user:password@host:port/database?option=value}.
 * User, password and database are percent-encoded. A driver's name may follow the kind, as in {@code postgresql+psycopg2://};
 * it means nothing here. Likewise {@code mysql} and {@code mysql+pymysql}.
 *
 * @param user {@code null} if none is given; likewise the password
 * @param port {@code null} for the default one of that kind of database
 */
record ServerUri(
        String kind,
        String user,
        String password,
        String host,
        Integer port,
        String database,
        Map<String, String> options) {
    /** How long to wait for a connection. */
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** How long a server may say nothing at all, as long as MLflow waits for one over HTTP; then the connection is given up. */
    static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(120);

    private static final Pattern KIND = Pattern.compile("(\\w+)(?:\\+\\w+)?:.*", Pattern.DOTALL);

    // SQLAlchemy's reading: all up to the first @ after a colon is the password, also a slash.
    private static final Pattern URI = Pattern.compile(
            "\\w+(?:\\+\\w+)?://(?:([^:/@]*)(?::([^@]*))?@)?(?:\\[([^/?\\]]+)]|([^/:?\\[\\]]+))?(?::(\\d{1,5}))?(?:/([^?]*))?(?:\\?(.*))?",
            Pattern.DOTALL);

    /** Returns the kind of database that a URI names, in lower case, or an empty text if it is no such URI. */
    static String kindOf(String uri) {
        Matcher matcher = KIND.matcher(uri);
        return matcher.matches() ? matcher.group(1).toLowerCase(Locale.ROOT) : "";
    }

    /** Reads a URI. No message of a failure shows what may be a part of the password. */
    static ServerUri parse(String uri) {
        Matcher matcher = URI.matcher(uri);
        if (!matcher.matches()) {
            throw invalid(uri, "it has another form");
        }
        String host = matcher.group(3) != null ? matcher.group(3) : matcher.group(4);
        if (host != null && host.contains("@")) {
            throw invalid(uri, "its password must have '@' written as %40");
        }
        if (host != null && host.contains(",")) {
            throw invalid(uri, "one host is expected, not several");
        }
        Integer port = matcher.group(5) == null ? null : Integer.valueOf(matcher.group(5));
        if (port != null && (port < 1 || port > 65535)) {
            throw invalid(uri, "the port " + port + " is not between 1 and 65535");
        }
        String database = decoded(uri, matcher.group(6));
        if (database == null || database.isEmpty()) {
            throw invalid(uri, "it names no database");
        }
        return new ServerUri(
                kindOf(uri),
                decoded(uri, matcher.group(1)),
                decoded(uri, matcher.group(2)),
                host == null ? "localhost" : host,
                port,
                database,
                options(uri, matcher.group(7)));
    }

    private static Map<String, String> options(String uri, String query) {
        Map<String, String> options = new LinkedHashMap<>();
        if (query == null) {
            return options;
        }
        for (String option : query.split("&")) {
            int equals = option.indexOf('=');
            if (equals > 0) {
                options.put(
                        decoded(uri, option.substring(0, equals)),
                        decoded(uri, option.substring(equals + 1).replace("+", "%20")));
            } else if (!option.isEmpty()) {
                throw invalid(uri, "an option after '?' has no value");
            }
        }
        return options;
    }

    private static String decoded(String uri, String text) {
        try {
            return text == null ? null : URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw invalid(uri, "a '%' in it begins no percent-encoded byte; write a plain '%' as %25");
        }
    }

    private static MlflowException invalid(String uri, String why) {
        String kind = kindOf(uri);
        return MlflowException.invalidParameter("Invalid database URI '" + kind + "://…': " + why + "; expected " + kind
                + "://user:password@host:port/database, with special characters percent-encoded");
    }

    /** Returns the URI without user, password and options. */
    String withoutCredentials() {
        String shownHost = host.contains(":") ? "[" + host + "]" : host;
        return kind + "://" + shownHost + (port == null ? "" : ":" + port) + "/" + database;
    }

    @Override
    public String toString() {
        return withoutCredentials();
    }
}
