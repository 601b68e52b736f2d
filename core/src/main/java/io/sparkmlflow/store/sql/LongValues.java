package io.sparkmlflow.store.sql;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What becomes of values that are longer than MLflow keeps them: they are cut, or refused. Lengths count code points. */
final class LongValues {
    private static final Logger LOG = LoggerFactory.getLogger(LongValues.class);

    private final boolean cuts;
    private final AtomicBoolean said = new AtomicBoolean();

    private LongValues(boolean cuts) {
        this.cuts = cuts;
    }

    static LongValues cut() {
        return new LongValues(true);
    }

    static LongValues refused() {
        return new LongValues(false);
    }

    static LongValues from(MlflowConfig config) {
        return new LongValues(config.isOn(Setting.TRUNCATE_LONG_VALUES));
    }

    /**
     * Returns what is kept of a value. That one is cut is said once, since a program that logs long values logs many.
     *
     * @throws io.sparkmlflow.MlflowException with {@code INVALID_PARAMETER_VALUE} if it is too long and nothing is cut
     */
    String fit(String what, String key, int limit, String value) {
        if (value == null || value.length() <= limit || value.codePointCount(0, value.length()) <= limit) {
            return value;
        }
        if (!cuts) {
            Validation.limit(what, limit, value);
        }
        if (said.compareAndSet(false, true)) {
            LOG.warn(
                    "{} of '{}' ({} characters) is truncated to {} characters to meet the length limit; further ones are"
                            + " truncated silently. With MLFLOW_TRUNCATE_LONG_VALUES=false they are refused.",
                    what,
                    key,
                    value.codePointCount(0, value.length()),
                    limit);
        }
        return value.substring(0, value.offsetByCodePoints(0, limit));
    }
}
