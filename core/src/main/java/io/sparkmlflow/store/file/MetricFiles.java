package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.Metric;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The points of a metric, one in each line of a file.
 *
 * <p>A run's: {@code timestamp value [step [dataset digest]]}; a logged model's: {@code timestamp value step run [dataset
 * digest]}. A dataset's name may have spaces. Python reads lines with a dataset as if the step were 0; we read what was
 * written.
 */
final class MetricFiles {
    /** Which of two points of a metric is the later one. A NaN counts as 0, which it is in the SQL stores. */
    private static final Comparator<Metric> BY_TIME = Comparator.comparingLong(Metric::step)
            .thenComparingLong(Metric::timestamp)
            .thenComparingDouble(MetricFiles::comparable);

    private static final Comparator<Metric> BY_TIMESTAMP = Comparator.comparingLong(Metric::timestamp)
            .thenComparingLong(Metric::step)
            .thenComparingDouble(MetricFiles::comparable);

    private MetricFiles() {}

    private static double comparable(Metric metric) {
        return Double.isNaN(metric.value()) ? 0 : metric.value();
    }

    /** Returns the latest point of each metric of a run, in the order of their keys. */
    static List<Metric> latest(Path folder) {
        List<Metric> latest = new ArrayList<>();
        StoreFolders.files(folder)
                .forEach((key, file) ->
                        points(key, file, null).stream().max(BY_TIME).ifPresent(latest::add));
        return latest;
    }

    /** Returns the points of a run's metric in the order of their timestamps; empty if there is no such metric. */
    static List<Metric> history(Path folder, String key) {
        Path file = StoreFolders.files(folder).get(key);
        return file == null
                ? List.of()
                : points(key, file, null).stream().sorted(BY_TIMESTAMP).toList();
    }

    /** Returns all points of a logged model's metrics, in the order of keys and timestamps. */
    static List<Metric> ofModel(Path folder, String modelId) {
        List<Metric> all = new ArrayList<>();
        for (Map.Entry<String, Path> file : StoreFolders.files(folder).entrySet()) {
            points(file.getKey(), file.getValue(), modelId).stream()
                    .sorted(BY_TIMESTAMP)
                    .forEach(all::add);
        }
        return all;
    }

    private static List<Metric> points(String key, Path file, String modelId) {
        Optional<String> text = StoreFolders.text(file);
        return text.stream()
                .flatMap(String::lines)
                .filter(line -> !line.isBlank())
                .map(line -> point(key, file, line.strip(), modelId))
                .toList();
    }

    private static Metric point(String key, Path file, String line, String modelId) {
        String[] fields = line.split(" ");
        int dataset = modelId == null ? 3 : 4;
        boolean complete = modelId != null
                ? fields.length == 4 || fields.length >= 6
                : fields.length == 2 || fields.length == 3 || fields.length >= 5;
        try {
            if (complete) {
                boolean onDataset = fields.length > dataset;
                return new Metric(
                        key,
                        value(fields[1]),
                        Long.parseLong(fields[0]),
                        fields.length == 2 ? 0 : Long.parseLong(fields[2]),
                        modelId,
                        onDataset ? String.join(" ", Arrays.asList(fields).subList(dataset, fields.length - 1)) : null,
                        onDataset ? fields[fields.length - 1] : null);
            }
        } catch (NumberFormatException e) {
            throw malformed(key, file, line, e);
        }
        throw malformed(key, file, line, null);
    }

    /** Reads a number as Python writes it. */
    private static double value(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "nan" -> Double.NaN;
            case "inf", "infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private static MlflowException malformed(String key, Path file, String line, NumberFormatException cause) {
        String shown = line.length() <= 200 ? line : line.substring(0, 200) + "…";
        return new MlflowException(
                ErrorCode.INTERNAL_ERROR,
                "Metric '" + key + "' is malformed: " + file + " has the line '" + shown
                        + "', expected a timestamp, a value, a step and perhaps a dataset with its digest",
                cause);
    }
}
