package io.sparkmlflow.listener;

import io.sparkmlflow.artifacts.TemporaryFolders;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.mllib.ModelOptions;
import io.sparkmlflow.mllib.SparkFlavor;
import io.sparkmlflow.mllib.SparkSignatures;
import io.sparkmlflow.model.ModelSignature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes fitted models to local folders, on a thread of its own: writing a model runs Spark jobs, which the bus thread may not
 * do and which need a running SparkContext, unlike the upload that follows.
 */
final class ModelSaver {
    /** Each holds its model and its training data's plan in the driver's memory. */
    static final int MAX_PENDING = 64;

    private static final Logger LOG = LoggerFactory.getLogger(ModelSaver.class);

    /** Bytes of the disk for temporary files: what the libraries of Spark and ours unpack, and a small model. */
    private static final long MIN_ROOM = 16L << 20;

    private final Guard guard = new Guard();
    private final FactQueue queue;
    private final String dfsTmpDir;
    private final boolean logsSignatures;
    private final boolean logsExamples;
    private final String allowlistFile;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private ExecutorService thread;
    private Runnable beforeSaving;
    private int pending;
    private boolean refused;
    private Predicate<Transformer> allowed;

    ModelSaver(FactQueue queue, MlflowConfig config) {
        this.queue = queue;
        this.dfsTmpDir = config.find(Setting.DFS_TMPDIR).orElseThrow();
        this.logsSignatures = config.isOn(Setting.AUTOLOG_SIGNATURES);
        this.logsExamples = config.isOn(Setting.AUTOLOG_INPUT_EXAMPLES);
        this.allowlistFile = config.find(Setting.AUTOLOG_MODEL_ALLOWLIST).orElse(null);
    }

    /** @param beforeSaving called on the thread that brings a model */
    void start(Runnable beforeSaving) {
        this.beforeSaving = beforeSaving;
        ThreadPoolExecutor single =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread worker = new Thread(task, "mlflow-model-saver");
                    worker.setDaemon(true);
                    return worker;
                });
        // Were it started by the first fit, it would inherit that thread's job group and streaming query for good: our
        // jobs
        // would be cancelled with the query.
        single.prestartAllCoreThreads();
        thread = single;
    }

    /** Returns whether {@link #save} may be called with this model. Says once that there are too many to wait. */
    boolean accepts(Transformer model) {
        if (thread == null || thread.isShutdown() || !(model instanceof MLWritable)) {
            return false;
        }
        lock.lock();
        try {
            if (pending < MAX_PENDING) {
                return true;
            }
            if (!refused) {
                refused = true;
                LOG.warn(
                        "Models are fitted faster than they can be saved: {} wait, so the model of {} is not logged, and it is"
                                + " not said again for others. Its run is logged all the same",
                        pending,
                        model.uid());
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Saves the models of a fit later; tells the queue {@link Fact.ModelSaved} or {@link Fact.ModelLost} in the end.
     *
     * @param models by the names under which they are logged; the first one is the one that is registered
     */
    void save(String fitId, Map<String, Transformer> models, Dataset<?> trainingData) {
        beforeSaving.run();
        changePending(1);
        thread.execute(() -> {
            try {
                guard.run(() -> saveNow(fitId, models, trainingData));
            } finally {
                changePending(-1);
            }
        });
    }

    /** Waits until every model is saved, or the time is over. */
    void awaitIdle(long millis) throws InterruptedException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        lock.lockInterruptibly();
        try {
            while (pending > 0 && nanos > 0) {
                nanos = idle.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits like {@link #awaitIdle}, then gives up on what is not yet saved. */
    void finish(long millis) {
        if (thread == null) {
            return;
        }
        thread.shutdown();
        try {
            awaitIdle(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.shutdownNow();
    }

    private void saveNow(String fitId, Map<String, Transformer> models, Dataset<?> trainingData) {
        Path folder = stagingFolder();
        List<Fact.SavedModel> saved = new ArrayList<>();
        try {
            requireRoom(folder);
            SparkSession spark = trainingData.sparkSession();
            // The writers of stages look for the active session, and would make one if this thread had none.
            SparkSession.setActiveSession(spark);
            spark.sparkContext().setLocalProperty(FitHooks.TARGET_RUN, DataObserver.NO_RUN);
            for (Map.Entry<String, Transformer> model : models.entrySet()) {
                if (isAllowed(model.getValue(), spark)) {
                    Path place = folder.resolve(model.getKey());
                    save(spark, model.getValue(), place, trainingData);
                    saved.add(new Fact.SavedModel(model.getKey(), place));
                }
            }
        } finally {
            SparkSession.clearActiveSession();
            queue.add(saved.isEmpty() ? new Fact.ModelLost(fitId) : new Fact.ModelSaved(fitId, List.copyOf(saved)));
        }
    }

    private void save(SparkSession spark, Transformer model, Path place, Dataset<?> trainingData) {
        spark.sparkContext().setJobDescription("spark-mlflow: save the model of " + model.uid());
        ModelSignature signature = logsSignatures || logsExamples
                ? SparkSignatures.infer(spark, model, trainingData.schema()).orElse(null)
                : null;
        ModelOptions.Builder options = ModelOptions.builder();
        if (logsSignatures && signature != null) {
            options.signature(signature);
        } else {
            options.withoutSignature();
        }
        if (logsExamples) {
            TrainingExample.of(trainingData, signature).ifPresent(options::inputExample);
        }
        SparkFlavor.save(spark, model, place, dfsTmpDir, options.build());
    }

    /** The list is a file, perhaps far away: read here, once. */
    private boolean isAllowed(Transformer model, SparkSession spark) {
        if (allowed == null) {
            allowed = allowlist(spark);
        }
        boolean isAllowed = allowed.test(model);
        if (!isAllowed) {
            LOG.info("The model {} is not logged: {} does not allow it", model.uid(), allowlistFile);
        }
        return isAllowed;
    }

    private Predicate<Transformer> allowlist(SparkSession spark) {
        if (allowlistFile == null) {
            return model -> true;
        }
        try {
            return ModelAllowlist.read(allowlistFile, spark.sparkContext().hadoopConfiguration());
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn(
                    "The list of models to log cannot be read, so every model is logged: {} ({}). Correct {}",
                    MlflowConfig.withoutUserInfo(allowlistFile),
                    e.toString(),
                    Setting.AUTOLOG_MODEL_ALLOWLIST.sparkKey());
            return model -> true;
        }
    }

    /**
     * On a full disk nothing of Spark's is tried: the library that compresses Parquet unpacks itself there, and one that could
     * not stays broken in this JVM, for the user's tables too.
     */
    private static void requireRoom(Path folder) {
        try {
            long room = Files.getFileStore(folder).getUsableSpace();
            if (room < MIN_ROOM) {
                throw new IllegalStateException("A model is not saved, as " + folder.getParent() + " has room for "
                        + room + " bytes: at least " + MIN_ROOM + " are needed there");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot find out how much room is left in " + folder.getParent(), e);
        }
    }

    private static Path stagingFolder() {
        try {
            return TemporaryFolders.create();
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a temporary folder for a model", e);
        }
    }

    private void changePending(int by) {
        lock.lock();
        try {
            pending += by;
            if (pending == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }
}
