package io.sparkmlflow.listener;

import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/**
 * Where fitted models come from, without keeping the models alive. Used by the sender's thread alone.
 *
 * @param <T> what is known of a model's fit
 */
final class FittedModels<T> {
    private static final int MAX_UIDS = 5000;
    private static final int MAX_FOR_EACH_UID = 100;

    private final Map<String, Deque<Entry<T>>> byUid = new Recent<>(MAX_UIDS);

    /**
     * @param parent the estimator that made it, which copies of the model keep; {@code null} for a model that has none
     */
    private record Entry<T>(WeakReference<Transformer> model, WeakReference<Estimator<?>> parent, T origin) {}

    /** Notes a model and all models that it holds. */
    void add(Transformer model, T origin) {
        Deque<Entry<T>> entries = byUid.computeIfAbsent(model.uid(), uid -> new ArrayDeque<>());
        entries.removeIf(entry -> entry.model().get() == model);
        entries.addFirst(new Entry<>(new WeakReference<>(model), new WeakReference<>(parentOf(model)), origin));
        if (entries.size() > MAX_FOR_EACH_UID) {
            entries.removeLast();
        }
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                add(stage, origin);
            }
        } else if (model instanceof CrossValidatorModel search) {
            add(search.bestModel(), origin);
        } else if (model instanceof TrainValidationSplitModel search) {
            add(search.bestModel(), origin);
        } else if (model instanceof OneVsRestModel oneVsRest) {
            for (Transformer classifier : oneVsRest.models()) {
                add(classifier, origin);
            }
        }
    }

    /** Returns what a model was added with; for one that is not known, what the last one of its uid was; else {@code null}. */
    T find(Transformer model) {
        T fit = findFit(model);
        Deque<Entry<T>> entries = byUid.get(model.uid());
        return fit != null || entries == null ? fit : entries.getFirst().origin();
    }

    /** Returns what this model, or the one that it is a copy of, was added with; else {@code null}. */
    T findFit(Transformer model) {
        T sameParent = null;
        Estimator<?> parent = parentOf(model);
        for (Entry<T> entry : byUid.getOrDefault(model.uid(), new ArrayDeque<>())) {
            if (entry.model().get() == model) {
                return entry.origin();
            }
            if (sameParent == null && parent != null && entry.parent().get() == parent) {
                sameParent = entry.origin();
            }
        }
        return sameParent;
    }

    private static Estimator<?> parentOf(Transformer model) {
        return model instanceof Model<?> fitted ? fitted.parent() : null;
    }
}
