package io.sparkmlflow.listener;

import io.sparkmlflow.config.MlflowConfig;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.SparkConf;

/** Takes secrets out of configuration values, as Spark's own web page does, and out of URLs. */
final class Redaction {
    private static final String REDACTED = "*********(redacted)";
    private static final String KEY = "spark.redaction.regex";
    private static final String ALWAYS =
            "(?i)secret|password|passwd|token|credential|access[._-]?key|api[._-]?key|private[._-]?key";

    private static final Pattern SECRET_VALUE =
            Pattern.compile("((?:" + ALWAYS + ")[\\w.-]*[\"']?\\s*[=:]\\s*[\"']?)[^\\s,;&\"']+");

    private final Pattern always = Pattern.compile(ALWAYS);
    private final Pattern userPattern;

    private Redaction(Pattern userPattern) {
        this.userPattern = userPattern;
    }

    static Redaction of(SparkConf conf) {
        try {
            return new Redaction(conf.contains(KEY) ? Pattern.compile(conf.get(KEY)) : null);
        } catch (PatternSyntaxException e) {
            // Spark refuses such a pattern itself, later and in its own words.
            return new Redaction(null);
        }
    }

    String apply(String key, String value) {
        if (matches(always, key, value) || (userPattern != null && matches(userPattern, key, value))) {
            return REDACTED;
        }
        return MlflowConfig.withoutUserInfo(value);
    }

    /** Takes out of a message what looks like the value of a secret, and credentials in URLs. */
    String ofMessage(String message) {
        String safe = SECRET_VALUE.matcher(message).replaceAll("$1" + Matcher.quoteReplacement(REDACTED));
        return userPattern != null && userPattern.matcher(safe).find() ? REDACTED : MlflowConfig.withoutUserInfo(safe);
    }

    private static boolean matches(Pattern pattern, String key, String value) {
        return pattern.matcher(key).find() || pattern.matcher(value).find();
    }
}
