package io.sparkmlflow.listener;

import io.sparkmlflow.entities.RunInfo;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/** Which run a fitted model comes from, without keeping the model alive. Used by the sender's thread alone. */
final class ModelRuns {
    private static final int MAX_FOR_EACH_UID = 100;

    private final Map<String, Deque<Entry>> byUid = new HashMap<>();

    private record Entry(WeakReference<Transformer> model, RunInfo run) {}

    /** Notes a model and all models that it holds. */
    void add(Transformer model, RunInfo run) {
        Deque<Entry> entries = byUid.computeIfAbsent(model.uid(), uid -> new ArrayDeque<>());
        entries.removeIf(entry -> entry.model().get() == model);
        entries.addFirst(new Entry(new WeakReference<>(model), run));
        if (entries.size() > MAX_FOR_EACH_UID) {
            entries.removeLast();
        }
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                add(stage, run);
            }
        } else if (model instanceof CrossValidatorModel search) {
            add(search.bestModel(), run);
        } else if (model instanceof TrainValidationSplitModel search) {
            add(search.bestModel(), run);
        } else if (model instanceof OneVsRestModel oneVsRest) {
            for (Transformer classifier : oneVsRest.models()) {
                add(classifier, run);
            }
        }
    }

    /** Returns the run that a model was fitted in; for a copy, that of the last fitted one of its uid; else {@code null}. */
    RunInfo find(Transformer model) {
        Deque<Entry> entries = byUid.get(model.uid());
        if (entries == null) {
            return null;
        }
        for (Iterator<Entry> newestFirst = entries.iterator(); newestFirst.hasNext(); ) {
            Entry entry = newestFirst.next();
            if (entry.model().get() == model) {
                return entry.run();
            }
        }
        return entries.getFirst().run();
    }
}
