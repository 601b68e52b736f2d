package io.sparkmlflow.listener;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.feature.Bucketizer;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/**
 * The classes of models that are logged, by PySpark's names for them.
 *
 * @param names a {@code *} at the end stands for the rest of a name
 */
record ModelAllowlist(List<String> names) implements Predicate<Transformer> {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;

    /** Reads a file of names, one in each line; empty lines and those that begin with {@code #} do not count. */
    static ModelAllowlist read(String place, Configuration hadoop) throws IOException {
        return parse(text(place, hadoop));
    }

    static ModelAllowlist parse(String text) {
        return new ModelAllowlist(text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList());
    }

    private static String text(String place, Configuration hadoop) throws IOException {
        URI uri = place.contains(":/") ? URI.create(place) : null;
        String scheme = uri == null || uri.getScheme().length() == 1 ? "file" : uri.getScheme();
        if (scheme.equals("file")) {
            return Files.readString(
                    uri == null || !place.startsWith("file:") ? Path.of(place) : Path.of(uri.getPath()));
        }
        try (InputStream in = scheme.startsWith("http") ? open(uri) : open(place, hadoop)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream open(URI uri) throws IOException {
        URLConnection connection = uri.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        if (uri.getUserInfo() != null) {
            byte[] credentials = uri.getUserInfo().getBytes(StandardCharsets.UTF_8);
            connection.setRequestProperty(
                    "Authorization", "Basic " + Base64.getEncoder().encodeToString(credentials));
        }
        return connection.getInputStream();
    }

    private static InputStream open(String place, Configuration hadoop) throws IOException {
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(place);
        return path.getFileSystem(hadoop).open(path);
    }

    /** Returns whether a model and all that it holds may be logged. Transformers that are no models may be, as in Python. */
    @Override
    public boolean test(Transformer model) {
        if (!isNamed(PythonNames.ofClass(model.getClass()))) {
            return false;
        }
        return held(model).allMatch(this);
    }

    private boolean isNamed(String name) {
        return names.stream()
                .anyMatch(allowed -> allowed.endsWith("*")
                        ? name.startsWith(allowed.substring(0, allowed.length() - 1))
                        : name.equals(allowed));
    }

    private static Stream<? extends Transformer> held(Transformer model) {
        if (model instanceof PipelineModel pipeline) {
            return Arrays.stream(pipeline.stages()).filter(ModelAllowlist::isModel);
        } else if (model instanceof OneVsRestModel oneVsRest) {
            return Arrays.stream(oneVsRest.models()).limit(1);
        } else if (model instanceof CrossValidatorModel search) {
            return Stream.of(search.bestModel());
        } else if (model instanceof TrainValidationSplitModel search) {
            return Stream.of(search.bestModel());
        }
        return Arrays.stream(model.params())
                .map(param -> EstimatorDescription.value(model, param))
                .filter(ModelAllowlist::isModel)
                .map(Model.class::cast);
    }

    /** One class is a model in Scala and a transformer in Python. */
    private static boolean isModel(Object value) {
        return value instanceof Model && !(value instanceof Bucketizer);
    }
}
