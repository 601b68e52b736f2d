package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.model.PythonJson;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.types.StructField;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a model of trees makes of each feature: computed from its nodes, without a Spark job.
 *
 * @param features the most important first
 */
record FeatureImportances(List<Feature> features) {
    private static final Logger LOG = LoggerFactory.getLogger(FeatureImportances.class);
    private static final int MAX_FEATURES = 10_000;
    private static final int MAX_BARS = 30;
    private static final int BAR_HEIGHT = 18;
    private static final int LABEL_WIDTH = 220;
    private static final int BAR_WIDTH = 400;
    private static final int MAX_LABEL = 32;

    /** A feature's name and importance; the importances of a model sum up to 1. */
    record Feature(String name, double importance) {}

    /**
     * Returns the importances of a model, or of the last stage of a pipeline that has any.
     *
     * @param featuresColumn the column that was fitted on, whose metadata names the features, or {@code null}
     * @return {@code null} if the model has none
     */
    static FeatureImportances of(Transformer model, StructField featuresColumn) {
        Vector importances = find(model);
        if (importances == null || importances.size() > MAX_FEATURES) {
            return null;
        }
        String[] names = names(importances.size(), featuresColumn);
        List<Feature> features = new ArrayList<>();
        for (int i = 0; i < importances.size(); i++) {
            features.add(new Feature(names[i], importances.apply(i)));
        }
        features.sort(Comparator.comparingDouble(Feature::importance).reversed());
        return new FeatureImportances(features);
    }

    /** Returns {@code {"<feature>": importance, …}}. */
    String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        features.forEach(feature -> json.put(feature.name(), feature.importance()));
        return PythonJson.indented(json);
    }

    /** Returns a bar chart of the most important features. Drawn as text: AWT may have no display, or be missing. */
    String svg() {
        List<Feature> shown = features.subList(0, Math.min(MAX_BARS, features.size()));
        double largest = Math.max(shown.isEmpty() ? 0 : shown.get(0).importance(), Double.MIN_NORMAL);
        int height = 40 + shown.size() * BAR_HEIGHT;
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\""
                .formatted(LABEL_WIDTH + BAR_WIDTH + 80, height));
        svg.append(" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        svg.append("<text x=\"10\" y=\"20\" font-size=\"14\">Feature importance</text>\n");
        for (int i = 0; i < shown.size(); i++) {
            Feature feature = shown.get(i);
            int top = 30 + i * BAR_HEIGHT;
            svg.append("<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
                    .formatted(LABEL_WIDTH - 8, top + 13, escape(feature.name())));
            svg.append(String.format(
                    Locale.ROOT,
                    "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"#1f77b4\"/>%n",
                    LABEL_WIDTH,
                    top + 2,
                    BAR_WIDTH * feature.importance() / largest,
                    BAR_HEIGHT - 4));
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\">%.4f</text>%n",
                    LABEL_WIDTH + BAR_WIDTH * feature.importance() / largest + 6,
                    top + 13,
                    feature.importance()));
        }
        return svg.append("</svg>\n").toString();
    }

    private static Vector find(Transformer model) {
        if (model instanceof PipelineModel pipeline) {
            Vector last = null;
            for (Transformer stage : pipeline.stages()) {
                Vector found = find(stage);
                last = found == null ? last : found;
            }
            return last;
        }
        if (model instanceof CrossValidatorModel search) {
            return find(search.bestModel());
        }
        if (model instanceof TrainValidationSplitModel search) {
            return find(search.bestModel());
        }
        try {
            return model.getClass().getMethod("featureImportances").invoke(model) instanceof Vector vector
                    ? vector
                    : null;
        } catch (NoSuchMethodException e) {
            return null;
        } catch (IllegalAccessException | InvocationTargetException e) {
            LOG.debug("{} does not tell its feature importances", model.uid(), e);
            return null;
        }
    }

    private static String[] names(int size, StructField featuresColumn) {
        String[] names = new String[size];
        for (int i = 0; i < size; i++) {
            names[i] = "feature_" + i;
        }
        if (featuresColumn != null) {
            Attribute[] attributes = ScalaInterop.orNull(
                    AttributeGroup.fromStructField(featuresColumn).attributes());
            for (int i = 0; attributes != null && i < Math.min(size, attributes.length); i++) {
                String name = ScalaInterop.orNull(attributes[i].name());
                names[i] = name == null ? names[i] : name;
            }
        }
        return names;
    }

    private static String escape(String name) {
        String text = name.length() > MAX_LABEL ? name.substring(0, MAX_LABEL - 1) + "…" : name;
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
