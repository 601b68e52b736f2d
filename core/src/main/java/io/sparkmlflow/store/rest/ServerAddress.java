package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.credentials.Credentials;
import io.sparkmlflow.credentials.DatabricksWorkspace;
import io.sparkmlflow.credentials.TrackingCredentials;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Where an MLflow server is and how to prove who asks. Its text never shows the credentials. */
final class ServerAddress {
    private final String uri;
    private final URI base;
    private final Credentials credentials;

    private ServerAddress(String uri, URI base, Credentials credentials) {
        this.uri = uri;
        this.base = base;
        this.credentials = credentials;
    }

    /**
     * Reads a tracking URI: {@code http(s)://…}, {@code databricks} or {@code databricks://profile}.
     *
     * <p>A URI without user name takes the one in the configuration's tracking URI if that is the same server: stores name
     * their URI without it.
     */
    static ServerAddress parse(String uri, MlflowConfig config) {
        if (DatabricksWorkspace.isNamedBy(uri)) {
            DatabricksWorkspace workspace = DatabricksWorkspace.find(uri, config);
            return new ServerAddress(workspace.uri(), base(workspace.host()), workspace.credentials());
        }
        UserInfo parts = UserInfo.split(uri.trim());
        URI base = base(parts.uri());
        String userInfo = parts.userInfo() != null ? parts.userInfo() : configured(base, config);
        Credentials fromUri = userInfo == null ? null : credentials(userInfo);
        return new ServerAddress(
                base.toString(), base, TrackingCredentials.find(config, host(base.getHost()), fromUri));
    }

    /** Returns whether a URI names an MLflow server, rather than a database or a folder. */
    static boolean isServer(String uri) {
        return uri != null && (uri.trim().matches("(?is)https?://.*") || DatabricksWorkspace.isNamedBy(uri));
    }

    /** Returns this address, to be asked without credentials at another host and port. */
    ServerAddress anonymousAt(String authority) {
        if (authority.equalsIgnoreCase(base.getRawAuthority())) {
            return this;
        }
        URI other = base(base.getScheme() + "://" + authority + base.getRawPath());
        return new ServerAddress(other.toString(), other, Credentials.NONE);
    }

    /** Returns a URI that leads to the same server, without user name and password. */
    String uri() {
        return uri;
    }

    /** Returns the address of the API below the server, without a slash at its end. */
    String base() {
        return base.toString();
    }

    Credentials credentials() {
        return credentials;
    }

    @Override
    public String toString() {
        return base.toString();
    }

    /** Returns {@code uri} without anything that could be a user name or password. */
    static String withoutCredentials(String uri) {
        return uri.replaceFirst("//.*@", "//");
    }

    private static URI base(String uri) {
        try {
            URI parsed = new URI(uri);
            String scheme = parsed.getScheme() == null ? "" : parsed.getScheme().toLowerCase(Locale.ROOT);
            if (parsed.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
                String path = parsed.getRawPath().replaceAll("/+$", "");
                return new URI(scheme + "://" + parsed.getRawAuthority() + path);
            }
        } catch (URISyntaxException e) {
            // falls through to the sentence that shows what is expected; the cause would repeat the URI
        }
        throw MlflowException.invalidParameter("'" + withoutCredentials(uri)
                + "' is not the address of an MLflow server: expected http://host:port or https://host:port,"
                + " with a host name of letters, digits, '-' and '.'");
    }

    private static String configured(URI base, MlflowConfig config) {
        String uri = config.find(Setting.TRACKING_URI).orElse("").trim();
        if (!uri.matches("(?is)https?://.*")) {
            return null;
        }
        UserInfo parts = UserInfo.split(uri);
        return parts.userInfo() != null && base(parts.uri()).equals(base) ? parts.userInfo() : null;
    }

    private static Credentials credentials(String userInfo) {
        String decoded = decode(userInfo);
        int colon = decoded.indexOf(':');
        return colon < 0
                ? new Credentials.Basic(decoded, "")
                : new Credentials.Basic(decoded.substring(0, colon), decoded.substring(colon + 1));
    }

    /** An IPv6 address stands in brackets in a URI, but in no other place. */
    private static String host(String host) {
        return host.replaceAll("[\\[\\]]", "");
    }

    /** Decodes percent escapes; what is not a legal escape stays as it is. */
    private static String decode(String userInfo) {
        try {
            return URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return userInfo;
        }
    }

    /** A URI without the user name and password in it, and these as they were written, else {@code null}. */
    private record UserInfo(String uri, String userInfo) {
        static UserInfo split(String uri) {
            int start = uri.indexOf("//") + 2;
            int at = start < 2
                    ? -1
                    : uri.substring(0, endOfAuthority(uri, start)).lastIndexOf('@');
            return at < start
                    ? new UserInfo(uri, null)
                    : new UserInfo(uri.substring(0, start) + uri.substring(at + 1), uri.substring(start, at));
        }

        private static int endOfAuthority(String uri, int start) {
            for (int i = start; i < uri.length(); i++) {
                if ("/?#".indexOf(uri.charAt(i)) >= 0) {
                    return i;
                }
            }
            return uri.length();
        }
    }
}
