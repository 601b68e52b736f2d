package io.sparkmlflow.listener.weave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectStreamClass;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each test has Spark's classes for itself, in a class loader that nobody has used. */
class WeaverTest {
    private static final String INSTRUMENTATION = "org.apache.spark.ml.util.Instrumentation";
    private static final String STAGE = "org.apache.spark.ml.PipelineStage";
    private static final String EVALUATOR = "org.apache.spark.ml.evaluation.BinaryClassificationEvaluator";

    private final SparkLoader spark = new SparkLoader();
    private final List<String> calls = new ArrayList<>();

    /** The class path of this JVM once more, with one class file hidden if asked. */
    private static final class SparkLoader extends URLClassLoader {
        private String hidden = "none";

        SparkLoader() {
            super(urls(), ClassLoader.getPlatformClassLoader());
        }

        @Override
        public InputStream getResourceAsStream(String name) {
            return name.equals(hidden) ? null : super.getResourceAsStream(name);
        }

        private static URL[] urls() {
            List<URL> urls = new ArrayList<>();
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
                try {
                    urls.add(new File(path).toURI().toURL());
                } catch (MalformedURLException e) {
                    throw new IllegalStateException(e);
                }
            }
            return urls.toArray(new URL[0]);
        }
    }

    @AfterEach
    void close() throws IOException {
        spark.close();
    }

    @Test
    void weavesEveryClassAndFindsThemAgain() throws NotWovenException {
        Woven woven = Weaver.weave(spark);

        assertThat(woven.classes())
                .contains(INSTRUMENTATION, INSTRUMENTATION + "$", "org.apache.spark.ml.Predictor", EVALUATOR, STAGE)
                .hasSize(10);
        assertThat(Weaver.weave(spark).classes()).isEqualTo(woven.classes());
    }

    @Test
    void callsTheHookAroundAMethodAndThrowsWhatItThrew() throws ReflectiveOperationException, NotWovenException {
        Woven woven = Weaver.weave(spark);
        woven.call((point, arguments) -> {
            calls.add(point + (arguments[arguments.length - 1] instanceof NullPointerException ? " failed" : ""));
            return "token";
        });
        Object evaluator = spark.loadClass(EVALUATOR).getConstructor().newInstance();
        Class<?> dataset = spark.loadClass("org.apache.spark.sql.Dataset");

        assertThatThrownBy(() ->
                        evaluator.getClass().getMethod("evaluate", dataset).invoke(evaluator, (Object) null))
                .isInstanceOf(InvocationTargetException.class)
                .hasCauseInstanceOf(NullPointerException.class);

        assertThat(calls).containsExactly("EVALUATE", "LEFT failed");
    }

    @Test
    void callsOnlyTheHookThatCameLastAndNobodyAfterItsRelease() throws ReflectiveOperationException, NotWovenException {
        Woven woven = Weaver.weave(spark);
        java.util.function.BiFunction<String, Object[], Object> first = (point, arguments) -> calls.add("first");
        java.util.function.BiFunction<String, Object[], Object> second = (point, arguments) -> calls.add("second");
        woven.call(first);
        woven.call(second);
        assertThat(woven.calls(first)).isFalse();

        woven.release(first);
        logNamedValue();
        woven.release(second);
        logNamedValue();

        assertThat(calls).containsExactly("second");
    }

    @Test
    void keepsTheIdentityOfSerializedClasses() throws ReflectiveOperationException, IOException, NotWovenException {
        Weaver.weave(spark);
        try (SparkLoader original = new SparkLoader()) {
            for (String name : List.of(EVALUATOR, "org.apache.spark.ml.Predictor", STAGE, INSTRUMENTATION)) {
                assertThat(serialVersionUid(spark.loadClass(name)))
                        .as(name)
                        .isEqualTo(serialVersionUid(original.loadClass(name)));
            }
        }
    }

    @Test
    void leavesAClassThatIsLoadedAlreadyAsItIs() throws ReflectiveOperationException, NotWovenException {
        spark.loadClass(EVALUATOR);

        assertThat(Weaver.weave(spark).classes()).hasSize(9).doesNotContain(EVALUATOR);
    }

    @Test
    void saysWhyItCannotWeave() throws ReflectiveOperationException {
        spark.loadClass(INSTRUMENTATION);

        assertThatThrownBy(() -> Weaver.weave(spark))
                .isInstanceOf(NotWovenException.class)
                .hasMessageContaining("has used MLlib before this application, without this listener")
                .hasMessageContaining(INSTRUMENTATION);

        assertThatThrownBy(() -> Weaver.weave(spark))
                .isInstanceOf(NotWovenException.class)
                .hasMessageContaining("earlier application");
    }

    @Test
    void saysThatAClassFileIsHidden() {
        spark.hidden = INSTRUMENTATION.replace('.', '/') + ".class";

        assertThatThrownBy(() -> Weaver.weave(spark))
                .isInstanceOf(NotWovenException.class)
                .hasMessageContaining("hidden");
    }

    private void logNamedValue() throws ReflectiveOperationException {
        Class<?> type = spark.loadClass(INSTRUMENTATION);
        Object instrumentation = type.getConstructor().newInstance();
        type.getMethod("logNamedValue", String.class, long.class).invoke(instrumentation, "numFeatures", 3L);
    }

    private static Long serialVersionUid(Class<?> type) {
        ObjectStreamClass serialized = ObjectStreamClass.lookup(type);
        return serialized == null ? null : serialized.getSerialVersionUID();
    }
}
