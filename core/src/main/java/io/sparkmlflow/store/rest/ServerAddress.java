package io.sparkmlflow.store.rest;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/** Where an MLflow server is and how to prove who asks. Its text never shows the credentials. */
final class ServerAddress {
    private final URI base;
    private final String authorization;

    private ServerAddress(URI base, String authorization) {
        this.base = base;
        this.authorization = authorization;
    }

    /**
     * Reads a tracking URI. User name and password come from the configuration, else from the URI; a token is used when
     * there is no user name.
     */
    static ServerAddress parse(String uri, MlflowConfig config) {
        String trimmed = uri.trim();
        int authorityStart = trimmed.indexOf("//") + 2;
        int authorityEnd = endOfAuthority(trimmed, authorityStart);
        int at = authorityStart < 2 ? -1 : trimmed.substring(0, authorityEnd).lastIndexOf('@');
        String userInfo = at < authorityStart ? null : trimmed.substring(authorityStart, at);
        String withoutUser =
                userInfo == null ? trimmed : trimmed.substring(0, authorityStart) + trimmed.substring(at + 1);
        return new ServerAddress(base(withoutUser), authorization(config, userInfo));
    }

    /** Returns this address, to be asked without credentials at another host and port. */
    ServerAddress anonymousAt(String authority) {
        if (authority.equalsIgnoreCase(base.getRawAuthority())) {
            return this;
        }
        return new ServerAddress(base(base.getScheme() + "://" + authority + base.getRawPath()), null);
    }

    /** Returns the address of the API below the server, without a slash at its end. */
    String base() {
        return base.toString();
    }

    /** Returns the value of the header {@code Authorization}, or {@code null} if there are no credentials. */
    String authorization() {
        return authorization;
    }

    @Override
    public String toString() {
        return base.toString();
    }

    /** Returns {@code uri} without anything that could be a user name or password. */
    static String withoutCredentials(String uri) {
        return uri.replaceFirst("//.*@", "//");
    }

    private static int endOfAuthority(String uri, int start) {
        for (int i = start; i < uri.length(); i++) {
            if ("/?#".indexOf(uri.charAt(i)) >= 0) {
                return i;
            }
        }
        return uri.length();
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

    private static String authorization(MlflowConfig config, String userInfo) {
        String user = config.find(Setting.TRACKING_USERNAME).orElse(null);
        if (user != null) {
            return basic(user + ":" + config.find(Setting.TRACKING_PASSWORD).orElse(""));
        }
        String token = config.find(Setting.TRACKING_TOKEN).orElse(null);
        if (token != null) {
            return "Bearer " + token;
        }
        return userInfo == null ? null : basic(decode(userInfo));
    }

    private static String basic(String userAndPassword) {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
    }

    /** Decodes percent escapes; what is not a legal escape stays as it is. */
    private static String decode(String userInfo) {
        try {
            return URLDecoder.decode(userInfo.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return userInfo;
        }
    }
}
