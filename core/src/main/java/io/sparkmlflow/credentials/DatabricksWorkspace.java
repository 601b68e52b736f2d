package io.sparkmlflow.credentials;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The Databricks workspace that a tracking URI names.
 *
 * <p>{@code databricks://profile} takes everything from that profile of {@code ~/.databrickscfg} (or {@code
 * DATABRICKS_CONFIG_FILE}), so that a variable for another workspace never meets its token. {@code databricks} takes the
 * {@code DATABRICKS_*} environment variables; what they leave open comes from the profile {@code DATABRICKS_CONFIG_PROFILE}
 * if it is set, and if they say nothing at all, from the file's default profile.
 *
 * @param uri the tracking URI as it was given
 * @param host {@code https://} and the workspace's name, without a slash at its end
 */
public record DatabricksWorkspace(String uri, String host, Credentials credentials) {
    private static final String SCHEME = "databricks";
    private static final String SETTINGS_SECTION = "__settings__";
    private static final String DEFAULT_PROFILE = "DEFAULT";

    private static final Map<String, Setting> SETTINGS = Map.of(
            "host", Setting.DATABRICKS_HOST,
            "token", Setting.DATABRICKS_TOKEN,
            "client_id", Setting.DATABRICKS_CLIENT_ID,
            "client_secret", Setting.DATABRICKS_CLIENT_SECRET,
            "username", Setting.DATABRICKS_USERNAME,
            "password", Setting.DATABRICKS_PASSWORD,
            "auth_type", Setting.DATABRICKS_AUTH_TYPE);

    /** Returns whether a URI is {@code databricks} or {@code databricks://profile}. */
    public static boolean isNamedBy(String uri) {
        String lower = uri.trim().toLowerCase(Locale.ROOT);
        return lower.equals(SCHEME) || lower.startsWith(SCHEME + "://");
    }

    /**
     * Finds host and credentials.
     *
     * @throws MlflowException with {@code INVALID_PARAMETER_VALUE} if there is no such profile, or one of them is missing
     */
    public static DatabricksWorkspace find(String uri, MlflowConfig config) {
        String given = uri.trim();
        String profile = given.length() > SCHEME.length() ? given.substring((SCHEME + "://").length()) : "";
        profile = profile.replaceAll("/+$", "");
        Map<String, String> values =
                profile.isEmpty() ? fromEnvironment(config) : profile(config, profile, configFile(config));
        String host = values.get("host");
        if (host == null) {
            throw missing(given, "the workspace's address", "DATABRICKS_HOST", "host");
        }
        return new DatabricksWorkspace(given, withScheme(host), credentials(given, values));
    }

    private static Map<String, String> fromEnvironment(MlflowConfig config) {
        Map<String, String> values = new HashMap<>();
        SETTINGS.forEach((key, setting) -> config.find(setting).ifPresent(value -> values.put(key, value.trim())));
        String profile = config.find(Setting.DATABRICKS_CONFIG_PROFILE).orElse(null);
        if (profile != null) {
            profile(config, profile, configFile(config)).forEach(values::putIfAbsent);
        } else if (values.keySet().stream().allMatch("auth_type"::equals)) {
            IniFile file = file(config);
            String name = file.section(SETTINGS_SECTION).getOrDefault("default_profile", "");
            String chosen = name.isEmpty() ? DEFAULT_PROFILE : name;
            if (file.has(chosen)) {
                file.section(chosen).forEach(values::putIfAbsent);
            }
        }
        values.values().removeIf(String::isEmpty);
        return values;
    }

    private static Map<String, String> profile(MlflowConfig config, String name, String path) {
        IniFile file = file(config);
        if (name.equals(SETTINGS_SECTION) || !file.has(name)) {
            throw MlflowException.invalidParameter("There is no profile '" + name + "' in " + path + ": add a section ["
                    + name + "] with host and token to it, or name another profile");
        }
        Map<String, String> values = new HashMap<>(file.section(name));
        values.values().removeIf(String::isEmpty);
        return values;
    }

    private static IniFile file(MlflowConfig config) {
        return IniFile.read(config.expandUser(configFile(config)));
    }

    private static String configFile(MlflowConfig config) {
        return config.find(Setting.DATABRICKS_CONFIG_FILE).orElseThrow();
    }

    private static Credentials credentials(String uri, Map<String, String> values) {
        String type = values.getOrDefault("auth_type", "");
        if (isAllowed(type, "pat") && values.containsKey("token")) {
            return new Credentials.Bearer(values.get("token"));
        }
        if (isAllowed(type, "oauth-m2m") && values.containsKey("client_id") && values.containsKey("client_secret")) {
            return new Credentials.OAuthClient(values.get("client_id"), values.get("client_secret"));
        }
        if (isAllowed(type, "basic") && values.containsKey("username") && values.containsKey("password")) {
            return new Credentials.Basic(values.get("username"), values.get("password"));
        }
        if (!type.isEmpty() && !type.matches("pat|oauth-m2m|basic")) {
            throw MlflowException.invalidParameter(
                    "The Databricks auth_type '" + type + "' is not known here: expected pat, oauth-m2m or basic");
        }
        throw missing(
                uri,
                "a token, or a client id with its secret, or a user name with its password,",
                "DATABRICKS_TOKEN",
                "token");
    }

    private static boolean isAllowed(String type, String name) {
        return type.isEmpty() || type.equals(name);
    }

    private static MlflowException missing(String uri, String what, String variable, String key) {
        return MlflowException.invalidParameter("The tracking URI '" + uri + "' needs " + what
                + " and there is none: set " + variable + " (for a URI without profile), or '" + key
                + "' in a profile of ~/.databrickscfg");
    }

    /** The path is left out: people copy the address from a browser, where it leads to a page. */
    private static String withScheme(String host) {
        String withScheme = host.matches("(?i)https?://.*") ? host : "https://" + host;
        return withScheme.replaceFirst("^([^/]*//[^/?#]*).*$", "$1");
    }
}
