package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowSparkListener;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.entities.RunStatus;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A class that is not there when it is first needed, as in a jar for another Spark: the application goes on without us. */
class MissingClassTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.sparkmlflow.config.MlflowConfig", // needed by the constructor
                "io.sparkmlflow.listener.ApplicationListener",
                "io.sparkmlflow.listener.Fact$ApplicationStarted", // needed on the bus
                "io.sparkmlflow.listener.DataUse", // needed when a query ends
                "io.sparkmlflow.store.sql.SqlTrackingStore", // needed by the sender
                "io.sparkmlflow.entities.Metric" // needed for samples, and at the end
            })
    void theJobGoesOnWithOneWarning(String hidden, @TempDir Path directory) throws InterruptedException {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        Hiding loader = new Hiding(before, hidden);
        String store = "sqlite:///" + directory.resolve("mlflow.db");
        Set<Thread> threadsBefore = ourThreads();
        // Spark loads listeners with the class loader of the thread.
        Thread.currentThread().setContextClassLoader(loader);
        try (OurWarnings warnings = OurWarnings.listen()) {
            SparkSession spark = session(Map.of(
                    "spark.extraListeners",
                    MlflowSparkListener.class.getName(),
                    "spark.mlflow.instrumentation",
                    "off",
                    "spark.mlflow.trackingUri",
                    store,
                    "spark.mlflow.spool",
                    directory.resolve("spool").toString(),
                    "spark.mlflow.flushTimeoutSeconds",
                    "5"));
            assertThat(spark.range(100).selectExpr("sum(id)").first().getLong(0))
                    .isEqualTo(4950);
            assertThat(spark.sparkContext().isStopped()).isFalse();
            spark.stop();
            assertThat(loader.asked).as("the class was needed").isTrue();
            assertThat(warnings.messages()).hasSize(1);
            for (Thread thread : ourThreads()) {
                if (!threadsBefore.contains(thread)) {
                    thread.join();
                }
            }
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    /** The program ended well; what was missing was ours. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "io.sparkmlflow.listener.ModelFiles", // needed on the bus when a query begins
                "io.sparkmlflow.listener.DataRecorder" // needed by the sender when the run is there
            })
    void theRunEndsWithTheApplicationAndSaysWhatWasMissing(String hidden, @TempDir Path directory) throws Exception {
        theJobGoesOnWithOneWarning(hidden, directory);

        Run run = StoredRuns.read("sqlite:///" + directory.resolve("mlflow.db")).application("missing-class");
        assertThat(run.info().status()).isEqualTo(RunStatus.FINISHED);
        assertThat(run.data().tags()).hasEntrySatisfying("spark.mlflow.stopped", error -> assertThat(error)
                .contains(hidden.replace('.', '/')));
    }

    private static Set<Thread> ourThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("mlflow-(sender|data|metrics|model-saver)"))
                .collect(Collectors.toSet());
    }

    private static SparkSession session(Map<String, String> conf) {
        SparkSession.Builder builder = SparkSession.builder();
        builder.appName("missing-class").master("local[2]").config("spark.ui.enabled", "false");
        conf.forEach(builder::config);
        return builder.getOrCreate();
    }

    /** Loads our classes anew, all but one. */
    private static final class Hiding extends ClassLoader {
        private final String hidden;
        private volatile boolean asked;

        Hiding(ClassLoader parent, String hidden) {
            super(parent);
            this.hidden = hidden;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.sparkmlflow.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : defined(name);
            }
        }

        private Class<?> defined(String name) throws ClassNotFoundException {
            if (name.equals(hidden)) {
                asked = true;
                throw new ClassNotFoundException(name);
            }
            try (InputStream file = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (file == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = file.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
