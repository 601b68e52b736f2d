package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.lang.reflect.Field;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.sources.BaseRelation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Describes what is read from Kafka in batches. Its relation shows nothing in public, so its fields are read. */
final class KafkaData {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaData.class);
    private static final Pattern WORDS = Pattern.compile("[\\w.,* \\-]+");

    private KafkaData() {}

    static DataSource of(BaseRelation relation) {
        Object strategy = field(relation, "strategy");
        Object servers = field(relation, "specifiedKafkaParams") instanceof scala.collection.Map<?, ?> params
                ? ScalaInterop.map(params).get("bootstrap.servers")
                : null;
        return ReadData.kafka(servers == null ? "" : servers.toString(), topics(strategy), relation.schema());
    }

    /** From {@code Subscribe[a, b]}, the words in the brackets. */
    static String topics(Object strategy) {
        Matcher matcher = Pattern.compile("\\[(.*)]").matcher(String.valueOf(strategy));
        return matcher.find() && WORDS.matcher(matcher.group(1)).matches()
                ? matcher.group(1).replace(" ", "")
                : null;
    }

    private static Object field(Object target, String name) {
        for (Field field : target.getClass().getDeclaredFields()) {
            if (field.getName().endsWith(name) && field.trySetAccessible()) {
                try {
                    return field.get(target);
                } catch (IllegalAccessException e) {
                    LOG.debug("Kafka's relation does not show {}", name, e);
                }
            }
        }
        return null;
    }
}
