package io.sparkmlflow.config;

import io.sparkmlflow.MlflowException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** The values of all {@link Setting}s for one application. */
public final class MlflowConfig {
    // A password may have an @ in it and, where it was not encoded, a slash; what follows the colon of a host is a
    // number.
    private static final Pattern USER_INFO =
            Pattern.compile("(?<=://)(?:[^/\\s]*@|[^/@\\s:\\[]*:(?!\\d+[/\\s])[^@\\s]*@(?:[^/@\\s]*@)*)");

    private final UnaryOperator<String> sparkConf;
    private final Map<String, String> environment;
    private final Map<Setting, String> overrides;

    private MlflowConfig(
            UnaryOperator<String> sparkConf, Map<String, String> environment, Map<Setting, String> overrides) {
        this.sparkConf = sparkConf;
        this.environment = Map.copyOf(environment);
        this.overrides = Map.copyOf(overrides);
    }

    /** Reads this process's environment variables alone. */
    public static MlflowConfig fromEnvironment() {
        return of(key -> null, System.getenv());
    }

    /**
     * Reads a Spark conf over environment variables.
     *
     * @param sparkConf gives the value of a Spark conf key, or {@code null} if it is not set
     */
    public static MlflowConfig of(UnaryOperator<String> sparkConf, Map<String, String> environment) {
        return new MlflowConfig(sparkConf, environment, Map.of());
    }

    /** Returns a text without the user names and passwords of the URLs in it: for messages and params. */
    public static String withoutUserInfo(String text) {
        return USER_INFO.matcher(text).replaceAll("");
    }

    /** Returns the same configuration with another value for one setting. */
    public MlflowConfig with(Setting setting, String value) {
        return new MlflowConfig(sparkConf, environment, overridesWith(setting, value));
    }

    /** Returns the value of a setting: Spark conf, then environment variable, then default. Blank counts as not set. */
    public Optional<String> find(Setting setting) {
        String value = overrides.get(setting);
        if (isBlank(value) && setting.sparkKey() != null) {
            value = sparkConf.apply(setting.sparkKey());
        }
        if (isBlank(value) && setting.environmentVariable() != null) {
            value = variable(setting.environmentVariable());
        }
        if (isBlank(value)) {
            value = setting.defaultValue();
        }
        return Optional.ofNullable(value);
    }

    /** Returns whether a setting is on: {@code true} or {@code 1}, not {@code false} or {@code 0}. Throws if it is else. */
    public boolean isOn(Setting setting) {
        String value = find(setting).orElse("false").trim();
        if ("true".equalsIgnoreCase(value) || "1".equals(value)) {
            return true;
        }
        if ("false".equalsIgnoreCase(value) || "0".equals(value)) {
            return false;
        }
        throw illegal(setting, "true or false");
    }

    /** Returns a setting that is a whole number and not negative. Throws if it is something else. */
    public int count(Setting setting) {
        String value = find(setting).orElse("0").trim();
        try {
            int number = Integer.parseInt(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the sentence that names the value
        }
        throw illegal(setting, "a whole number that is not negative");
    }

    /** Returns a setting that is a number of seconds. Throws if it is something else. */
    public Duration seconds(Setting setting) {
        return Duration.ofSeconds(count(setting));
    }

    /** Returns a setting that is a number of bytes, at least 1. Throws if it is something else. */
    public long bytes(Setting setting) {
        String value = find(setting).orElse("").trim();
        try {
            long number = Long.parseLong(value);
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the sentence that names the value
        }
        throw illegal(setting, "a whole number of bytes, at least 1");
    }

    /** Returns a setting that is a number of seconds, to the millisecond. Throws if it is something else. */
    public Duration fractionalSeconds(Setting setting) {
        String value = find(setting).orElse("0").trim();
        try {
            double seconds = Double.parseDouble(value);
            if (seconds >= 0 && seconds <= Integer.MAX_VALUE) {
                return Duration.ofMillis(Math.round(seconds * 1000));
            }
        } catch (NumberFormatException e) {
            // falls through to the sentence that names the value
        }
        throw illegal(setting, "a number of seconds that is not negative");
    }

    /** Returns the user's folder, from the environment variable HOME (on Windows USERPROFILE); empty if neither is set. */
    public Optional<Path> home() {
        String home = environment.get("HOME");
        if (isBlank(home)) {
            home = environment.get("USERPROFILE");
        }
        return isBlank(home) ? Optional.empty() : Optional.of(Path.of(home));
    }

    /** Returns a path in which {@code ~/} at the start means {@link #home()}. */
    public Path expandUser(String path) {
        return path.startsWith("~/")
                ? home().map(home -> home.resolve(path.substring(2))).orElse(Path.of(path))
                : Path.of(path);
    }

    /** The name in capitals counts too: http_proxy and its kind are written both ways. */
    private String variable(String name) {
        String value = environment.get(name);
        return isBlank(value) ? environment.get(name.toUpperCase(Locale.ROOT)) : value;
    }

    private Map<Setting, String> overridesWith(Setting setting, String value) {
        Map<Setting, String> all = new EnumMap<>(Setting.class);
        all.putAll(overrides);
        all.put(setting, value);
        return all;
    }

    /** Returns the exception that names a setting where it is set, its value, and what was expected. */
    public MlflowException illegal(Setting setting, String expected) {
        boolean isInSparkConf = setting.sparkKey() != null && !isBlank(sparkConf.apply(setting.sparkKey()));
        String name = isInSparkConf || setting.environmentVariable() == null
                ? setting.sparkKey()
                : setting.environmentVariable();
        return MlflowException.invalidParameter(
                "'" + find(setting).orElse("").trim() + "' is not a value for " + name + ": expected " + expected);
    }

    private static boolean isBlank(String value) {
        return value == null || value.isBlank();
    }
}
