package io.sparkmlflow.listener;

import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.listener.weave.Woven;
import io.sparkmlflow.mllib.SparkFileSystems;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts the parts together for one application. */
public final class ListenerBootstrap {
    private static final Logger LOG = LoggerFactory.getLogger(ListenerBootstrap.class);
    private static final Duration SAMPLING_INTERVAL = Duration.ofSeconds(5);
    private static final SparkListener NOTHING = new SparkListener() {};

    private ListenerBootstrap() {}

    /**
     * Starts tracking the application whose {@code SparkContext} is being made.
     *
     * @return what the shared queue's listener has to forward to: the tracking listener, or one that does nothing if that
     *     could be given a queue of its own
     */
    public static SparkListener start(SparkConf conf) {
        return start(conf, MlflowClient::open);
    }

    /** @param stores opens the tracking store that a configuration names */
    static SparkListener start(SparkConf conf, Function<MlflowConfig, MlflowClient> stores) {
        UnaryOperator<String> sparkConf = key -> conf.contains(key) ? conf.get(key) : null;
        LegalSettings settings = LegalSettings.of(MlflowConfig.of(sparkConf, System.getenv()));
        settings.complaints().forEach(LOG::warn);
        MlflowConfig config = settings.config();
        if (!config.isOn(Setting.ENABLED)) {
            return NOTHING;
        }
        Warnings.startApplication();
        Woven woven =
                FitInstrumentation.weave(config.find(Setting.INSTRUMENTATION).orElseThrow());
        SparkContext context = SparkInternals.contextBeingConstructed();
        if (context != null) {
            SparkFileSystems.share(context);
        }
        FactQueue queue = new FactQueue(config.count(Setting.QUEUE_CAPACITY));
        Sender sender = new Sender(queue, new RunRecorder(config, stores));
        ModelSaver saver = new ModelSaver(queue, config);
        ExitWatch exitWatch = ExitWatch.install();
        StopBarrier barrier = new StopBarrier(context, saver, config.seconds(Setting.FLUSH_TIMEOUT_SECONDS));
        FitObserver observer = new FitObserver(queue, saver);
        FitInstrumentation instrumentation = new FitInstrumentation(woven, new FitHooks(observer, queue));
        DataObserver data = new DataObserver(queue, config.isOn(Setting.AUTOLOG_DATASETS));
        MetricsMode mode = MetricsMode.of(config);
        ApplicationMetrics metrics = new ApplicationMetrics(queue, mode, SAMPLING_INTERVAL);
        ApplicationListener listener = new ApplicationListener(
                ApplicationFacts.of(conf),
                metrics,
                new NotebookWatch(queue, PlatformTags.isDatabricks(sparkConf)),
                queue,
                sender,
                saver,
                exitWatch,
                barrier,
                observer,
                instrumentation,
                data,
                new StreamingQueries(queue, mode, SAMPLING_INTERVAL.toMillis(), Redaction.of(conf)));
        sender.start();
        data.start();
        if (config.isOn(Setting.AUTOLOG_MODELS)) {
            saver.start(barrier::listenToStop);
            barrier.install();
        }
        instrumentation.install();
        if (config.isOn(Setting.AUTOLOG_MODELS) && !instrumentation.isActive()) {
            // The events of fits come late, perhaps after stop() has begun.
            barrier.listenToStop();
        }
        return SparkInternals.addToOwnQueue(context, listener) ? NOTHING : listener;
    }
}
