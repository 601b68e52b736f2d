package io.sparkmlflow.listener;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.regex.Pattern;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.classification.ClassificationModel;
import org.apache.spark.ml.classification.Classifier;
import org.apache.spark.ml.classification.OneVsRest;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.Metadata;

/**
 * Puts together what PySpark's {@code OneVsRest} does. It is a loop in Python, which fits a classifier for each class against a
 * label column of its own name, on threads of its own, and makes a {@code OneVsRestModel} of the JVM in the end. So the fits of the
 * classifiers are held back until that model is made, or one of them fails.
 */
final class PythonOneVsRest {
    private static final Pattern LABEL = Pattern.compile("mc2b\\$\\d+");
    private static final String LABEL_PARAM = "labelCol";

    private final Map<Estimator<?>, Part> parts = Collections.synchronizedMap(new WeakHashMap<>());
    private final Map<LogicalPlan, Boolean> failed = Collections.synchronizedMap(new WeakHashMap<>());

    /**
     * The fit for one class.
     *
     * @param dataset what the classifier is fitted on
     * @param time when that began, milliseconds since the epoch
     */
    record Part(Estimator<?> classifier, Dataset<?> dataset, long time, String targetRun, MicroBatch batch) {}

    /**
     * The whole of it.
     *
     * @param estimator as the JVM's would be
     * @param input what it is fitted on
     */
    record Whole(OneVsRest estimator, Dataset<?> input, Part first) {}

    /**
     * Takes note of a fit that begins, or returns {@code null} if it is no part of such a loop. Through Spark Connect no {@code
     * OneVsRestModel} is made, for which it could be held back.
     */
    Part began(Estimator<?> estimator, Dataset<?> dataset, String targetRun, MicroBatch batch) {
        if (!(estimator instanceof Classifier)
                || !(value(estimator, LABEL_PARAM) instanceof String label)
                || !LABEL.matcher(label).matches()
                || PythonCalls.areOfConnect()
                || !PythonCalls.reach(estimator)) {
            return null;
        }
        Part part = new Part(estimator, dataset, System.currentTimeMillis(), targetRun, batch);
        parts.put(estimator, part);
        return part;
    }

    /** Returns what a model that is being made was fitted by, the first time for each; {@code null} if that was not seen. */
    Whole made(OneVsRestModel model) {
        Part first = null;
        for (ClassificationModel<?, ?> classifier : classifiers(model)) {
            Part part = classifier.parent() == null ? null : parts.remove(classifier.parent());
            if (part == null) {
                return null;
            }
            first = first == null || part.time() < first.time() ? part : first;
        }
        return first == null ? null : whole(first);
    }

    /** Returns what has failed with one of its fits, the first time for each; else {@code null}. */
    Whole failed(Part part) {
        parts.remove(part.classifier());
        Whole whole = whole(part);
        LogicalPlan input = whole.input().queryExecution().analyzed();
        return failed.put(input, true) == null ? whole : null;
    }

    private static ClassificationModel<?, ?>[] classifiers(OneVsRestModel model) {
        ClassificationModel<?, ?>[] classifiers = model.models();
        return classifiers == null ? new ClassificationModel<?, ?>[0] : classifiers;
    }

    /** Returns the model, complete: the one that is being made has no params yet. */
    static OneVsRestModel modelOf(Whole whole, OneVsRestModel beingMade) {
        OneVsRestModel model = new OneVsRestModel(beingMade.uid(), Metadata.empty(), beingMade.models());
        whole.estimator().copyValues(model, ParamMap.empty());
        model.setParent(whole.estimator());
        return model;
    }

    /** Below the column of the class, PySpark takes the columns that it needs: label, features and perhaps a weight. */
    private static Whole whole(Part part) {
        LogicalPlan needed = below(part.dataset().queryExecution().analyzed());
        LogicalPlan given = below(needed);
        Dataset<?> input = SparkInternals.frame(part.dataset(), given);
        String[] columns = needed.schema().fieldNames();
        String uid = part.classifier().uid();
        OneVsRest estimator = new OneVsRest("OneVsRest_" + uid.substring(uid.lastIndexOf('_') + 1));
        Estimator<?> classifier = part.classifier().copy(new ParamMap());
        classifier.clear(classifier.getParam(LABEL_PARAM));
        estimator.setClassifier((Classifier<?, ?, ?>) classifier);
        estimator.setLabelCol(columns[0]);
        if (columns.length > 2) {
            estimator.setWeightCol(columns[2]);
        }
        estimator.setFeaturesCol((String) value(part.classifier(), "featuresCol"));
        estimator.setPredictionCol((String) value(part.classifier(), "predictionCol"));
        return new Whole(estimator, input == null ? part.dataset() : input, part);
    }

    private static LogicalPlan below(LogicalPlan node) {
        return node instanceof Project project ? project.child() : node;
    }

    private static Object value(Estimator<?> estimator, String name) {
        return estimator.hasParam(name) ? EstimatorDescription.value(estimator, estimator.getParam(name)) : null;
    }
}
