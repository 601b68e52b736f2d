package io.sparkmlflow.listener;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructType;

/**
 * Recognizes the pipelines that Python fits. PySpark's {@code Pipeline} is a loop in Python, of which the JVM sees that stages
 * are handed their params, transform and are fitted, one by one. Which of them made the frame that is fitted on is to be seen
 * from its plan ({@link AppliedStages}).
 *
 * <p>Who fits by hand makes the same calls. A pipeline has all of its stages before it transforms, and fits each frame that it
 * makes once; what does not look so is no pipeline. A client of Spark Connect sends the whole frame with each fit, and the server
 * makes its stages anew from that, on the command's thread: there whatever is fitted on what stages have made is a pipeline.
 */
final class StageUses {
    /** A pipeline of more transformers than this is taken to begin with a later one. */
    private static final int MAX_USES = 40;

    private final AtomicLong clock = new AtomicLong();
    private final Map<PipelineStage, Long> made = Collections.synchronizedMap(new WeakHashMap<>());
    private final ThreadLocal<Deque<Use>> uses = ThreadLocal.withInitial(ArrayDeque::new);

    /** A transformer that Python used, the last time it did. */
    static final class Use {
        private final Supplier<Transformer> stage;
        private final long time;
        private int columnsBefore;
        private int columnsAfter;
        private boolean isObserved;
        private String fittedBy;

        /** Python keeps a stage while it is of use, a server of Spark Connect does not, but the command's thread soon ends. */
        private Use(Transformer stage, long time) {
            this.stage = PythonCalls.areOfConnect() ? () -> stage : new WeakReference<>(stage)::get;
            this.time = time;
        }

        /** Returns the transformer, or {@code null} if nobody has it any more. */
        Transformer stage() {
            return stage.get();
        }

        /** Returns whether it may have made columns {@code after} of columns {@code before}, see {@link #columns}. */
        boolean mayTurn(StructType before, int after) {
            if (isObserved) {
                return columnsAfter == after && columnsBefore == columns(before);
            }
            Transformer transformer = stage.get();
            return transformer != null && after == columnsMadeOf(transformer, before);
        }
    }

    /** Takes note of a stage that gets a default. When a model was made does not matter. */
    void defaultSet(PipelineStage stage) {
        isBeingMade(stage);
        if (PythonCalls.areOfConnect()) {
            madeByConnect(stage);
        }
    }

    /**
     * Takes note that defaults were set: a stage is being made, or Python hands over its params, as it does before each use.
     */
    void defaultsSet(PipelineStage stage) {
        boolean isNew = isBeingMade(stage);
        if (PythonCalls.areOfConnect()) {
            madeByConnect(stage);
        } else if (!isNew && stage instanceof Transformer transformer && PythonCalls.reach(stage)) {
            add(transformer);
        }
    }

    private boolean isBeingMade(PipelineStage stage) {
        return !(stage instanceof Model) && made.putIfAbsent(stage, clock.incrementAndGet()) == null;
    }

    /** A server of Spark Connect makes a transformer, or copies a model, where it applies it. */
    private void madeByConnect(PipelineStage stage) {
        if (stage instanceof Transformer transformer
                && uses.get().stream().noneMatch(use -> use.stage() == stage)
                && PythonCalls.reach(stage)) {
            add(transformer);
        }
    }

    /** Takes note that a stage begins to transform, or to fit; returns {@code null} unless Python has a transformer do that. */
    Use began(PipelineStage stage, StructType before) {
        if (!(stage instanceof Transformer transformer) || !PythonCalls.reach(stage)) {
            return null;
        }
        Use use = add(transformer);
        use.columnsBefore = columns(before);
        return use;
    }

    /** Takes note of what a transformer makes. */
    void made(Use use, StructType after) {
        use.columnsAfter = columns(after);
        use.isObserved = true;
    }

    private Use add(Transformer stage) {
        Deque<Use> mine = uses.get();
        mine.removeIf(use -> use.stage() == stage || use.stage() == null);
        Use use = new Use(stage, clock.incrementAndGet());
        mine.addLast(use);
        if (mine.size() > MAX_USES) {
            mine.removeFirst();
        }
        return use;
    }

    /**
     * Returns the pipeline whose last estimator is about to be fitted by this thread, or {@code null} if there is none.
     *
     * @param called the object that Python called for it: the estimator, unless that runs in Python itself
     */
    PythonPipeline pipelineOf(Object called, Estimator<?> last, Dataset<?> dataset) {
        if (uses.get().isEmpty() || !PythonCalls.reach(called)) {
            return null;
        }
        AppliedStages applied = new AppliedStages(dataset.queryExecution().analyzed());
        List<Use> chain = chainOf(applied);
        if (chain.isEmpty() || !isPipeline(chain, last, called == last)) {
            return null;
        }
        LogicalPlan input = applied.input();
        Dataset<?> frame = SparkInternals.frame(dataset, input);
        return frame == null
                ? null
                : PythonPipeline.of(chain.stream().map(Use::stage).toList(), last, frame);
    }

    /** The copies of models that a server of Spark Connect makes are made the other way round. */
    private List<Use> chainOf(AppliedStages applied) {
        List<Use> chain = new ArrayList<>();
        List<Use> others = new ArrayList<>(uses.get());
        Collections.reverse(others);
        boolean isLonger = true;
        while (isLonger) {
            int length = chain.size();
            for (Iterator<Use> latest = others.iterator(); latest.hasNext(); ) {
                Use use = latest.next();
                if (applied.takeAway(use)) {
                    chain.add(0, use);
                    latest.remove();
                }
            }
            isLonger = chain.size() > length && PythonCalls.areOfConnect();
        }
        return chain;
    }

    private boolean isPipeline(List<Use> chain, Estimator<?> last, boolean isOfTheJvm) {
        if (PythonCalls.areOfConnect()) {
            return true;
        }
        long begin = chain.get(0).time;
        boolean isPipeline = !isOfTheJvm || wasMadeBefore(last, begin);
        for (Use use : chain) {
            PipelineStage origin = PythonPipeline.originOf(use.stage());
            isPipeline &= use.time >= begin && wasMadeBefore(origin, begin);
            isPipeline &= use.fittedBy == null || use.fittedBy.equals(last.uid()) || chainFits(chain, use.fittedBy);
        }
        for (Use use : chain) {
            use.fittedBy = last.uid();
        }
        return isPipeline;
    }

    private static boolean chainFits(List<Use> chain, String estimator) {
        return chain.stream()
                .anyMatch(use -> PythonPipeline.originOf(use.stage()).uid().equals(estimator));
    }

    /** One that was never seen to be made was there before us. */
    private boolean wasMadeBefore(PipelineStage stage, long time) {
        Long birth = made.get(stage);
        return birth == null || birth < time;
    }

    /** Returns a number for the names of columns, whatever their order: a model's predictions come in another than it says. */
    static int columns(StructType schema) {
        return new HashSet<>(Arrays.asList(schema.fieldNames())).hashCode();
    }

    private static int columnsMadeOf(Transformer stage, StructType before) {
        try {
            return columns(stage.transformSchema(before));
        } catch (Exception e) { // Scala code throws checked exceptions that it does not declare
            return 0;
        }
    }
}
