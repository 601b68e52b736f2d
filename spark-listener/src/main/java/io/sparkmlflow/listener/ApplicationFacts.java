package io.sparkmlflow.listener;

import io.sparkmlflow.entities.MlflowTags;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.scheduler.SparkListenerApplicationStart;

/**
 * What is known of an application when it starts: its params and tags.
 *
 * @param params the Spark conf that the user set, secrets redacted, and the versions
 * @param tags the tags that MLflow's web page knows
 */
record ApplicationFacts(Map<String, String> params, Map<String, String> tags) {
    /** Set by Spark itself at each start: they say nothing about the job. */
    private static final Set<String> SET_BY_SPARK = Set.of(
            "spark.app.id",
            "spark.app.startTime",
            "spark.app.submitTime",
            "spark.driver.host",
            "spark.driver.port",
            "spark.executor.id",
            "spark.driver.extraJavaOptions",
            "spark.executor.extraJavaOptions",
            "spark.app.initial.jar.urls",
            "spark.repl.local.jars",
            "spark.repl.class.uri",
            "spark.repl.class.outputDir");

    private static final Pattern PROGRAM = Pattern.compile("[^=]+\\.(jar|py|R)");

    static ApplicationFacts of(SparkConf conf) {
        Redaction redaction = Redaction.of(conf);
        Map<String, String> params = new LinkedHashMap<>();
        for (scala.Tuple2<String, String> entry : conf.getAll()) {
            if (isUsers(entry._1()) && !entry._2().isBlank()) {
                params.put(entry._1(), redaction.apply(entry._1(), entry._2()));
            }
        }
        params.put("spark.version", org.apache.spark.package$.MODULE$.SPARK_VERSION());
        params.put("scala.version", scala.util.Properties.versionNumberString());
        params.put("java.version", System.getProperty("java.version"));
        params.putIfAbsent("spark.submit.deployMode", "client");

        Map<String, String> tags = new LinkedHashMap<>();
        tags.put(MlflowTags.SOURCE_TYPE, "JOB");
        tags.put(MlflowTags.SOURCE_NAME, sourceName(conf, redaction));
        tags.putAll(PlatformTags.of(key -> conf.contains(key) ? conf.get(key) : null, System.getenv()));
        return new ApplicationFacts(params, tags);
    }

    /** Returns the tags with what the cluster manager calls this application, and the attempt. */
    Map<String, String> tags(SparkListenerApplicationStart event) {
        Map<String, String> all = new LinkedHashMap<>(tags);
        if (event.appId().isDefined()) {
            all.put("spark.app.id", event.appId().get());
        }
        if (event.appAttemptId().isDefined()) {
            all.put("spark.app.attempt.id", event.appAttemptId().get());
        }
        return all;
    }

    private static boolean isUsers(String key) {
        return !SET_BY_SPARK.contains(key) && !key.startsWith("spark.hadoop.fs.s3a.vectored.read.");
    }

    /**
     * Returns the application's jar or script, which spark-submit's command line names after its options; what comes after
     * it are the user's own arguments, which may hold secrets and are left alone.
     */
    private static String sourceName(SparkConf conf, Redaction redaction) {
        String source = conf.get("spark.app.name", "");
        String[] words = System.getProperty("sun.java.command", "").split(" ");
        for (int i = 1; i < words.length && words[0].endsWith("SparkSubmit"); i++) {
            if (PROGRAM.matcher(words[i]).matches() && !words[i - 1].startsWith("-")) {
                source = words[i];
                break;
            }
        }
        return redaction.apply(MlflowTags.SOURCE_NAME, source);
    }
}
