package io.sparkmlflow.store.rest;

import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that a value is longer than MLflow keeps it. A server cuts such a value without a word, or refuses it: that is its
 * setting, so values are sent as they are. Lengths count code points, as Python does.
 */
final class LongValueNotice {
    static final int MAX_PARAM_VALUE = 6_000;
    static final int MAX_RUN_TAG_VALUE = 8_000;

    private static final Logger LOG = LoggerFactory.getLogger(LongValueNotice.class);

    private final String server;
    private final Logger log;
    private final AtomicBoolean said = new AtomicBoolean();

    LongValueNotice(String server) {
        this(server, LOG);
    }

    LongValueNotice(String server, Logger log) {
        this.server = server;
        this.log = log;
    }

    void params(List<Param> params) {
        params.forEach(param -> look("param", MAX_PARAM_VALUE, param.key(), param.value()));
    }

    void tags(List<Tag> tags) {
        tags.forEach(tag -> look("tag", MAX_RUN_TAG_VALUE, tag.key(), tag.value()));
    }

    void tags(Map<String, String> tags) {
        tags.forEach((key, value) -> look("tag", MAX_RUN_TAG_VALUE, key, value));
    }

    private void look(String what, int limit, String key, String value) {
        if (value == null || value.length() <= limit || said.get()) {
            return;
        }
        int length = value.codePointCount(0, value.length());
        if (length > limit && said.compareAndSet(false, true)) {
            log.warn(
                    "The value of the {} '{}' has {} characters and MLflow keeps {}: the server {} cuts it or, with"
                            + " MLFLOW_TRUNCATE_LONG_VALUES=false there, refuses it. Further long values are sent without a"
                            + " word.",
                    what,
                    key,
                    length,
                    limit,
                    server);
        }
    }
}
