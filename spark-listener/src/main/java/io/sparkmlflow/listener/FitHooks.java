package io.sparkmlflow.listener;

import io.sparkmlflow.listener.weave.HookPoint;
import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * What Spark's woven classes call, on the user's threads: keeps track of which fit is going on inside which, and tells the
 * outermost ones and the evaluations between them. Copies facts; no I/O, no Spark job, no waiting, and nothing gets out.
 */
final class FitHooks implements BiFunction<String, Object[], Object> {
    /** A local property by which a user's thread sends its work to a run of its own. */
    static final String TARGET_RUN = "spark.mlflow.runId";

    private static final String FEATURES = "featuresCol";
    private static final String FEATURE_STAGES = "org.apache.spark.ml.feature.";
    private static final StackWalker STACK = StackWalker.getInstance();

    /** What Spark's searches note for each candidate on each fold. */
    private static final Pattern FOLD_METRIC =
            Pattern.compile("Got metric (\\S+) for model trained with (.*)\\.", Pattern.DOTALL);

    private final Guard guard = new Guard();
    private final FitObserver observer;
    private final FactQueue queue;
    private final StageUses stages = new StageUses();
    private final PythonOneVsRest oneVsRest = new PythonOneVsRest();
    // Inherited: a search fits its candidates on threads that it starts for them.
    private final InheritableThreadLocal<Frame> current = new InheritableThreadLocal<>();
    private final ThreadLocal<String> lastFit = new ThreadLocal<>();

    FitHooks(FitObserver observer, FactQueue queue) {
        this.observer = observer;
        this.queue = queue;
    }

    /** A call of an instrumented method in progress; one whose estimator is never told is no fit. */
    private static final class Frame {
        private final Frame outer;
        private Estimator<?> estimator;
        private Dataset<?> dataset;
        private PythonPipeline pipeline;
        private PythonOneVsRest.Part part;
        private boolean isFeatureStages;
        private OpenFit fit;
        private volatile boolean closed;

        Frame(Frame outer) {
            this.outer = outer;
        }

        /** Pool threads that were started inside a fit keep its frame for as long as they live. */
        void close() {
            closed = true;
            estimator = null;
            dataset = null;
            pipeline = null;
            part = null;
            fit = null;
        }
    }

    /** An evaluation in progress. */
    private record Evaluation(EvaluatorDescription evaluator, Dataset<?> dataset, String targetRun, MicroBatch batch) {}

    @Override
    public Object apply(String point, Object[] arguments) {
        Object[] answer = new Object[1];
        guard.run(() -> answer[0] = handle(HookPoint.valueOf(point), arguments));
        return answer[0];
    }

    private Object handle(HookPoint point, Object[] arguments) {
        switch (point) {
            case FIT -> {
                return fitBegan((Estimator<?>) arguments[0], (Dataset<?>) arguments[1]);
            }
            case INSTRUMENTED -> {
                return entered();
            }
            case EVALUATE -> {
                return evaluationBegan((Evaluator) arguments[0], (Dataset<?>) arguments[1]);
            }
            case SCHEMA -> {
                return stages.began((PipelineStage) arguments[0], (StructType) arguments[1]);
            }
            case LEFT -> {
                if (arguments[0] instanceof Frame frame) {
                    left(frame, arguments[1], (Throwable) arguments[2]);
                } else if (arguments[0] instanceof StageUses.Use use) {
                    if (arguments[1] instanceof StructType schema) {
                        stages.made(use, schema);
                    }
                } else if (arguments[0] instanceof Evaluation evaluation && arguments[1] instanceof Double value) {
                    queue.add(new Fact.Evaluated(
                            System.currentTimeMillis(),
                            evaluation.evaluator(),
                            evaluation.dataset(),
                            value,
                            evaluation.targetRun(),
                            lastFit.get(),
                            evaluation.batch()));
                }
            }
            case STAGE -> {
                if (arguments[1] instanceof Estimator<?> estimator) {
                    identifyInnermost(estimator, null);
                }
            }
            case DATASET -> identifyInnermost(null, (Dataset<?>) arguments[1]);
            case FIT_EVENT -> identifyInnermost((Estimator<?>) arguments[1], (Dataset<?>) arguments[2]);
            case DEFAULT -> {
                tellOneVsRest(arguments[0]);
                stages.defaultSet((PipelineStage) arguments[0]);
            }
            case DEFAULTS -> {
                tellOneVsRest(arguments[0]);
                stages.defaultsSet((PipelineStage) arguments[0]);
            }
            case VALUE -> reported((String) arguments[1], arguments[2]);
            case DEBUG -> noted((scala.Function0<?>) arguments[1]);
        }
        return null;
    }

    private Frame innermost() {
        Frame frame = current.get();
        while (frame != null && frame.closed) {
            frame = frame.outer;
        }
        return frame;
    }

    private Frame entered() {
        Frame frame = new Frame(innermost());
        current.set(frame);
        return frame;
    }

    /** A frame that is not returned is never left: what is fitted next would be taken for a part of it. */
    private Frame fitBegan(Estimator<?> estimator, Dataset<?> dataset) {
        Frame frame = entered();
        boolean identified = false;
        try {
            identify(frame, estimator, dataset);
            identified = true;
        } finally {
            if (!identified) {
                current.set(frame.outer);
                frame.close();
            }
        }
        return frame;
    }

    private void identifyInnermost(Estimator<?> estimator, Dataset<?> dataset) {
        Frame frame = innermost();
        if (frame != null) {
            identify(frame, estimator, dataset);
        }
    }

    private void identify(Frame frame, Estimator<?> estimator, Dataset<?> dataset) {
        // A feature estimator by itself is no run, and some fit pipelines of their own.
        frame.isFeatureStages |= frame.estimator == null && estimator instanceof Pipeline && isFittedByFeatureStage();
        if (frame.isFeatureStages) {
            return;
        }
        boolean isNew = frame.estimator == null && estimator != null;
        if (isNew) {
            frame.estimator = estimator;
        }
        if (frame.dataset == null) {
            frame.dataset = dataset;
        }
        if (frame.estimator == null || frame.fit != null || frame.part != null) {
            return;
        }
        tellSearchOrStart(frame, isNew);
        noteFeatures(frame);
    }

    private void tellStart(Frame frame, String targetRun, MicroBatch batch) {
        frame.part = oneVsRest.began(frame.estimator, frame.dataset, targetRun, batch);
        if (frame.part == null) {
            frame.pipeline = pipelineOf(frame.estimator, frame.estimator, frame.dataset);
            frame.fit = frame.pipeline == null
                    ? observer.started(frame.estimator, frame.dataset, targetRun, batch)
                    : observer.started(frame.pipeline, targetRun, batch);
        }
    }

    /** What a search has tried by itself is fitted by itself in the end, whatever has made the frame. */
    private PythonPipeline pipelineOf(Object called, Estimator<?> last, Dataset<?> dataset) {
        PythonPipeline pipeline = stages.pipelineOf(called, last, dataset);
        return pipeline == null || observer.isTried(last) ? null : pipeline;
    }

    /** Tells the fit of a {@code OneVsRest} in Python when its model is being made. */
    private void tellOneVsRest(Object stage) {
        PythonOneVsRest.Whole whole = stage instanceof OneVsRestModel model ? oneVsRest.made(model) : null;
        if (whole != null) {
            PythonPipeline pipeline = pipelineOf(stage, whole.estimator(), whole.input());
            OpenFit fit = started(whole, pipeline);
            Transformer model = PythonOneVsRest.modelOf(whole, (OneVsRestModel) stage);
            observer.ended(fit, pipeline == null ? model : pipeline.fitted(model));
            lastFit.set(fit.fitId());
        }
    }

    private OpenFit started(PythonOneVsRest.Whole whole, PythonPipeline pipeline) {
        PythonOneVsRest.Part first = whole.first();
        return pipeline == null
                ? observer.started(whole.estimator(), whole.input(), first.targetRun(), first.batch(), first.time())
                : observer.started(pipeline, first.targetRun(), first.batch(), first.time());
    }

    private static boolean isFittedByFeatureStage() {
        return STACK.walk(
                frames -> frames.anyMatch(frame -> frame.getClassName().startsWith(FEATURE_STAGES)));
    }

    private void tellSearchOrStart(Frame frame, boolean isNew) {
        Frame enclosing = enclosingEstimator(frame);
        if (enclosing == null) {
            if (frame.dataset != null) {
                tellStart(frame, targetRun(frame.dataset), batch(frame.dataset));
            }
        } else if (isNew) {
            OpenFit search = enclosing.fit;
            if (search != null && search.isSearch()) {
                search.candidateStarted();
            }
        }
    }

    /** Only its schema knows what the features are called, and the frame is gone when the fit ends. */
    private static void noteFeatures(Frame frame) {
        OpenFit fit = told(frame);
        if (fit == null || frame.dataset == null || !frame.estimator.hasParam(FEATURES)) {
            return;
        }
        Object column = frame.estimator.getOrDefault(frame.estimator.getParam(FEATURES));
        StructType schema = frame.dataset.schema();
        if (column instanceof String name && List.of(schema.fieldNames()).contains(name)) {
            fit.featuresFrom(schema.apply(name));
        }
    }

    private void left(Frame frame, Object result, Throwable error) {
        current.set(frame.outer);
        try {
            Object fitted = error instanceof scala.runtime.NonLocalReturnControl<?> control ? control.value() : result;
            tellEnd(frame, fitted);
        } finally {
            frame.close();
        }
    }

    private void tellEnd(Frame frame, Object fitted) {
        if (frame.part != null) {
            if (!(fitted instanceof Transformer)) {
                tellFailure(frame.part);
            }
            return;
        }
        // A fit is told late if its estimator never told what it is fitted on.
        if (frame.estimator != null
                && frame.fit == null
                && enclosingEstimator(frame) == null
                && fitted instanceof Transformer) {
            frame.fit = observer.started(frame.estimator, null, null, MicroBatch.ofActiveSession());
        }
        if (frame.fit != null) {
            if (fitted instanceof Transformer model) {
                observer.ended(frame.fit, frame.pipeline == null ? model : frame.pipeline.fitted(model));
                lastFit.set(frame.fit.fitId());
            } else {
                observer.failed(frame.fit);
            }
        }
    }

    private void tellFailure(PythonOneVsRest.Part part) {
        PythonOneVsRest.Whole whole = oneVsRest.failed(part);
        if (whole != null) {
            observer.failed(started(whole, null));
        }
    }

    private void reported(String name, Object value) {
        Frame frame = innermost();
        if (frame == null) {
            return;
        }
        Frame reporting = frame.estimator != null ? frame : enclosingEstimator(frame);
        OpenFit fit = told(frame);
        // Another thread may close the frame meanwhile.
        Estimator<?> estimator = reporting == null ? null : reporting.estimator;
        if (estimator == null || fit == null) {
            return;
        }
        boolean isRoot = estimator.uid().equals(fit.estimator().uid());
        String stage = isRoot ? "" : fit.nameOf(estimator);
        if (stage != null) {
            ReportedValue reportedValue = ReportedValue.of(stage, name, value, System.currentTimeMillis());
            if (reportedValue != null) {
                fit.report(reportedValue);
            }
        }
    }

    private void noted(scala.Function0<?> message) {
        Frame frame = innermost();
        OpenFit fit = frame == null ? null : told(frame);
        if (fit == null || !fit.isSearch()) {
            return;
        }
        Matcher matcher = FOLD_METRIC.matcher(String.valueOf(message.apply()));
        if (matcher.matches()) {
            fit.foldEvaluated(matcher.group(2), Double.parseDouble(matcher.group(1)));
        }
    }

    private Evaluation evaluationBegan(Evaluator evaluator, Dataset<?> dataset) {
        Frame frame = innermost();
        // A search tells what its own evaluations came to.
        return frame != null && told(frame) != null
                ? null
                : new Evaluation(EvaluatorDescription.of(evaluator), dataset, targetRun(dataset), batch(dataset));
    }

    /** Returns the fit that has a run and that a frame is part of, or {@code null}. */
    private static OpenFit told(Frame frame) {
        for (Frame outer = frame; outer != null; outer = outer.outer) {
            OpenFit fit = outer.fit;
            if (fit != null) {
                return fit;
            }
        }
        return null;
    }

    private static Frame enclosingEstimator(Frame frame) {
        for (Frame outer = frame.outer; outer != null; outer = outer.outer) {
            if (outer.estimator != null && !outer.closed) {
                return outer;
            }
        }
        return null;
    }

    private static MicroBatch batch(Dataset<?> dataset) {
        return MicroBatch.of(dataset.sparkSession().sparkContext());
    }

    private static String targetRun(Dataset<?> dataset) {
        SparkContext context = dataset.sparkSession().sparkContext();
        String run = context.getLocalProperty(TARGET_RUN);
        return run == null ? ConnectSessions.targetRun(context) : run;
    }
}
