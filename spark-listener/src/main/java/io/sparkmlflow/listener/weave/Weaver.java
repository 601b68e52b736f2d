package io.sparkmlflow.listener.weave;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Defines woven copies of some of Spark's ML classes in Spark's own class loader, before Spark loads the originals: with the
 * JDK's public API, without an agent.
 *
 * <p>A class that was loaded before stays as it is. Once for each class loader: what was woven stays woven, and later
 * applications in the same JVM use it.
 */
public final class Weaver {
    private static final Logger LOG = LoggerFactory.getLogger(Weaver.class);

    private static final String ML = "org.apache.spark.ml.";
    private static final String INSTRUMENTATION = ML + "util.Instrumentation";
    private static final String DATASET = "(Lorg/apache/spark/sql/Dataset;";
    private static final String VALUE_OF = "(Ljava/lang/String;";

    /**
     * A class to weave.
     *
     * @param neighbour a class of the same package that does not need it, through which it is defined
     * @param needed whether nothing is told without it
     */
    private record Target(String name, String neighbour, boolean needed, List<Advice> advices) {}

    private static final List<Target> TARGETS = targets();

    private Weaver() {}

    private static List<Target> targets() {
        List<Target> targets = new ArrayList<>();
        String utilNeighbour = ML + "util.MLWritable";
        targets.add(new Target(
                INSTRUMENTATION,
                utilNeighbour,
                true,
                List.of(
                        new Advice(HookPoint.STAGE, "logPipelineStage", "(Lorg/apache/spark/ml/PipelineStage;)", false),
                        new Advice(HookPoint.DATASET, "logDataset", DATASET + ")", false),
                        new Advice(HookPoint.FIT_EVENT, "withFitEvent", "(Lorg/apache/spark/ml/Estimator;", false),
                        new Advice(HookPoint.VALUE, "logNamedValue", VALUE_OF + "J)", false),
                        new Advice(HookPoint.VALUE, "logNamedValue", VALUE_OF + "D)", false),
                        new Advice(HookPoint.VALUE, "logNamedValue", VALUE_OF + "Ljava/lang/String;)", false),
                        new Advice(HookPoint.DEBUG, "logDebug", "(Lscala/Function0;)", false))));
        targets.add(new Target(
                INSTRUMENTATION + "$",
                utilNeighbour,
                true,
                List.of(new Advice(HookPoint.INSTRUMENTED, "instrumented", "(Lscala/Function1;)", true))));
        // Before its subclasses, which would load it as it is.
        targets.add(new Target(
                ML + "PipelineStage",
                ML + "MLEvent",
                false,
                List.of(
                        new Advice(
                                HookPoint.SCHEMA,
                                "transformSchema",
                                "(Lorg/apache/spark/sql/types/StructType;Z)",
                                true),
                        new Advice(HookPoint.DEFAULTS, "setDefault", "(Lscala/collection/", false),
                        new Advice(HookPoint.DEFAULT, "setDefault", "(Lorg/apache/spark/ml/param/Param;", false))));
        targets.add(new Target(
                ML + "Predictor",
                ML + "PipelineStage",
                false,
                List.of(new Advice(HookPoint.FIT, "fit", DATASET + ")", true))));
        for (String kind : List.of(
                "BinaryClassification",
                "MulticlassClassification",
                "MultilabelClassification",
                "Regression",
                "Clustering",
                "Ranking")) {
            targets.add(new Target(
                    ML + "evaluation." + kind + "Evaluator",
                    ML + "evaluation.Evaluator",
                    false,
                    List.of(new Advice(HookPoint.EVALUATE, "evaluate", DATASET + ")", true))));
        }
        return targets;
    }

    /**
     * Weaves what can be woven, or finds what was woven before.
     *
     * @param loader Spark's class loader
     * @throws NotWovenException if nothing could be told: the classes are not there, are loaded already, or are not what they
     *     are expected to be
     */
    public static Woven weave(ClassLoader loader) throws NotWovenException {
        try {
            return Woven.find(Class.forName(HookClass.NAME, true, loader));
        } catch (ClassNotFoundException e) {
            return weaveAnew(loader);
        }
    }

    private static Woven weaveAnew(ClassLoader loader) throws NotWovenException {
        Map<Target, byte[]> classes = new LinkedHashMap<>();
        for (Target target : TARGETS) {
            try {
                classes.put(target, ClassWeaver.weave(read(loader, target.name()), target.advices()));
            } catch (IOException | RuntimeException e) {
                giveUpOn(target, e);
            }
        }
        List<String> woven = new ArrayList<>();
        try {
            Class<?> hook = define(loader, TARGETS.get(0).neighbour(), HookClass.bytes());
            for (Map.Entry<Target, byte[]> entry : classes.entrySet()) {
                if (defineIfNotLoaded(loader, entry.getKey(), entry.getValue())) {
                    woven.add(entry.getKey().name());
                }
            }
            return Woven.made(hook, woven);
        } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
            throw new NotWovenException("this JVM does not let classes be defined beside Spark's (" + e + ")", e);
        }
    }

    private static boolean defineIfNotLoaded(ClassLoader loader, Target target, byte[] bytes)
            throws ReflectiveOperationException, NotWovenException {
        try {
            define(loader, target.neighbour(), bytes);
            return true;
        } catch (LinkageError e) {
            giveUpOn(target, e);
            return false;
        }
    }

    private static void giveUpOn(Target target, Throwable reason) throws NotWovenException {
        if (target.needed() && isLoadedAlready(reason)) {
            throw new NotWovenException(
                    "this JVM has used MLlib before this application, without this listener, and Spark's class "
                            + target.name() + " is loaded once (" + reason + ")",
                    reason);
        }
        if (target.needed()) {
            throw new NotWovenException("Spark's class " + target.name() + " cannot be used (" + reason + ")", reason);
        }
        LOG.debug("{} stays as it is", target.name(), reason);
    }

    /** For a second definition the JVM throws just this class, and its subclasses for what is wrong in the bytes. */
    private static boolean isLoadedAlready(Throwable reason) {
        return reason.getClass() == LinkageError.class;
    }

    private static Class<?> define(ClassLoader loader, String neighbour, byte[] bytes)
            throws ReflectiveOperationException {
        Class<?> beside = Class.forName(neighbour, false, loader);
        return MethodHandles.privateLookupIn(beside, MethodHandles.lookup()).defineClass(bytes);
    }

    private static byte[] read(ClassLoader loader, String name) throws IOException {
        try (InputStream in = loader.getResourceAsStream(name.replace('.', '/') + ".class")) {
            if (in == null) {
                throw new IOException("its class file is hidden");
            }
            return in.readAllBytes();
        }
    }
}
