import io.sparkmlflow.MlflowSpark;
import io.sparkmlflow.mllib.ModelOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Fits and saves {@link ParityPipelines}, and scores {@link ParityRows} with each as a function and by its {@code transform};
 * then does the same with what another Spark has saved. A pipeline of which every bit is the same is a line {@code RESULT name}.
 *
 * <p>Arguments: a folder to write to, and where there is one, the folder that another Spark's run of this program wrote to.
 */
public final class Parity {
    private static final int CLEAN = 12;
    private static final int ODD = 60;

    private final Path folder;
    private final Dataset<Row> training;
    private final SparkSession generating;
    private final SparkSession interpreting;

    private Parity(SparkSession spark, Path folder) {
        this.folder = folder;
        this.training = table(spark, ParityRows.make(7, 120, false));
        table(spark, ParityRows.make(11, CLEAN, false)).createOrReplaceGlobalTempView("clean");
        table(spark, ParityRows.make(13, ODD, true)).createOrReplaceGlobalTempView("odd");
        this.generating = session(spark, true);
        this.interpreting = session(spark, false);
    }

    /**
     * What scoring a table gave.
     *
     * @param columns what was added
     * @param rows its values by the rows' ids, or null for a row that was dropped
     * @param failure why it failed; null if it didn't
     */
    private record Scored(List<String> columns, Map<Long, List<String>> rows, String failure) {
        Scored only(String column) {
            Map<Long, List<String>> values = new TreeMap<>();
            int place = columns.indexOf(column);
            rows.forEach((id, row) -> values.put(id, List.of(row == null ? "null" : row.get(place))));
            return new Scored(List.of(column), values, failure);
        }

        String answer() {
            return columns.contains("prediction") ? "prediction" : columns.contains("churns") ? "churns" : null;
        }

        List<String> lines() {
            List<String> lines = new ArrayList<>(List.of(columns.toString()));
            rows.forEach((id, row) -> lines.add(id + " " + row));
            return lines;
        }

        /** Says in a few words where another result is not the same; null if it is. */
        String difference(Scored other) {
            if (failure != null || other.failure != null) {
                return String.valueOf(failure).equals(other.failure) ? null : "fails with " + other.failure + ", not " + failure;
            } else if (!columns.equals(other.columns)) {
                return "has " + other.columns + ", not " + columns;
            }
            for (Map.Entry<Long, List<String>> row : rows.entrySet()) {
                List<String> theirs = other.rows.get(row.getKey());
                if (!String.valueOf(row.getValue()).equals(String.valueOf(theirs))) {
                    return "row " + row.getKey() + " is " + theirs + ", not " + row.getValue();
                }
            }
            return rows.size() == other.rows.size() ? null : "has " + other.rows.size() + " rows, not " + rows.size();
        }
    }

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Parity parity = new Parity(spark, Path.of(args[0]));
        for (Map.Entry<String, Supplier<PipelineStage[]>> pipeline : ParityPipelines.all().entrySet()) {
            parity.fitted(pipeline.getKey(), pipeline.getValue().get());
        }
        parity.otherDoors("churn");
        if (args.length > 1) {
            for (String name : ParityPipelines.all().keySet()) {
                parity.ofAnotherSpark(name, Path.of(args[1]));
            }
        }
        spark.stop();
    }

    /** One partition: two tasks that are the first to fit a Gaussian mixture may never end (SPARK-59618). */
    private static Dataset<Row> table(SparkSession spark, List<Row> rows) {
        return spark.createDataFrame(rows, ParityRows.SCHEMA).coalesce(1).cache();
    }

    private static SparkSession session(SparkSession spark, boolean generating) {
        SparkSession session = spark.newSession();
        session.conf().set("spark.sql.codegen.wholeStage", generating);
        session.conf().set("spark.sql.codegen.factoryMode", generating ? "CODEGEN_ONLY" : "NO_CODEGEN");
        return session;
    }

    private void fitted(String name, PipelineStage[] stages) throws Exception {
        PipelineModel model = new Pipeline().setStages(stages).fit(training);
        String uri = folder.resolve(name.replace(' ', '-')).toString();
        MlflowSpark.saveModel(
                model, uri, ModelOptions.builder().trainingData(training).build());
        Files.write(Path.of(uri + ".txt"), compared(name, model, uri, true).lines(), StandardCharsets.UTF_8);
    }

    /** What another Spark saved gives here what its own {@code transform} gave there, or is a line {@code CHANGED name}. */
    private void ofAnotherSpark(String name, Path other) throws Exception {
        String uri = other.resolve(name.replace(' ', '-')).toString();
        Scored here = compared("of another Spark: " + name, PipelineModel.load(uri + "/sparkml"), uri, false);
        List<String> there = Files.readAllLines(Path.of(uri + ".txt"), StandardCharsets.UTF_8);
        if (!there.equals(here.lines())) {
            System.out.println("CHANGED " + name);
        }
    }

    /** Where {@code transform} fails for an odd row, the function must too, and rows that are not odd show the values. */
    private Scored compared(String name, PipelineModel model, String uri, boolean everyWay) {
        Scored expected = transformed(model, "odd");
        List<String> wrong = differences(expected, uri, "odd", everyWay);
        if (expected.failure() != null) {
            expected = transformed(model, "clean");
            wrong.addAll(differences(expected, uri, "clean", everyWay));
            if (expected.failure() != null) {
                wrong.add("no value: " + expected.failure());
            }
        }
        wrong.forEach(difference -> System.out.println("WRONG " + name + ": " + difference));
        if (wrong.isEmpty()) {
            System.out.println("RESULT " + name);
        }
        return expected;
    }

    private List<String> differences(Scored expected, String uri, String table, boolean everyWay) {
        List<String> wrong = new ArrayList<>();
        String struct = "mlflow_predict_struct('" + uri + "', struct(*))";
        note(wrong, "interpreted struct ", expected.difference(called(interpreting, struct, table)));
        if (!everyWay) {
            return wrong;
        }
        note(wrong, "generated struct ", expected.difference(called(generating, struct, table)));
        String answer = expected.answer();
        if (answer != null && expected.failure() == null) {
            String prediction = "named_struct('" + answer + "', mlflow_predict('" + uri + "', struct(*)))";
            note(wrong, "generated ", expected.only(answer).difference(called(generating, prediction, table)));
        }
        return wrong;
    }

    private static void note(List<String> wrong, String what, String difference) {
        if (difference != null) {
            wrong.add(what + difference);
        }
    }

    /** A frame's transform, a column and a function with a name give what the function of SQL gives. */
    private void otherDoors(String name) {
        String uri = folder.resolve(name).toString();
        Dataset<Row> data = generating.table("global_temp.odd");
        MlflowSpark.registerFunction(generating, "named", uri);
        Map<Long, Object> byCall = byId(generating.sql("SELECT id, mlflow_predict('" + uri + "', struct(*)) FROM global_temp.odd"));
        Map<Long, Object> byName = byId(generating.sql("SELECT id, named(struct(*)) FROM global_temp.odd"));
        Map<Long, Object> byColumn = byId(data.select(
                functions.col("id"),
                MlflowSpark.predictFunction(generating, uri).apply(functions.struct(functions.col("*")))));
        Map<Long, Object> byFrame = byId(MlflowSpark.transform(data, uri).select("id", "prediction"));
        Map<Long, Object> kept = new TreeMap<>(byCall);
        kept.values().removeIf("null"::equals);
        boolean isSame = byCall.equals(byName) && byCall.equals(byColumn) && kept.equals(byFrame);
        System.out.println((isSame ? "DOORS " : "WRONG DOORS ") + byCall.size());
    }

    private static Map<Long, Object> byId(Dataset<Row> rows) {
        Map<Long, Object> values = new TreeMap<>();
        rows.collectAsList().forEach(row -> values.put(row.getLong(0), text(row.get(1))));
        return values;
    }

    private Scored transformed(PipelineModel model, String table) {
        Dataset<Row> data = generating.table("global_temp." + table);
        List<String> columns = new ArrayList<>();
        try {
            Dataset<Row> transformed = model.transform(data);
            columns.addAll(Arrays.asList(transformed.columns()));
            columns.removeAll(Arrays.asList(data.columns()));
            Map<Long, List<String>> rows = new TreeMap<>();
            for (long id = 0; id < (table.equals("odd") ? ODD : CLEAN); id++) {
                rows.put(id, null);
            }
            for (Row row : transformed.select("id", columns.toArray(String[]::new)).collectAsList()) {
                rows.put(row.getLong(0), texts(row, 1));
            }
            return new Scored(columns, rows, null);
        } catch (Exception e) {
            return new Scored(columns, new TreeMap<>(), root(e));
        }
    }

    private static Scored called(SparkSession session, String struct, String table) {
        Dataset<Row> scored = session.sql("SELECT id, " + struct + " AS s FROM global_temp." + table);
        List<String> columns = List.of(((StructType) scored.schema().apply(1).dataType()).fieldNames());
        boolean isGenerated = scored.queryExecution().executedPlan().toString().startsWith("*(");
        if (isGenerated != Boolean.parseBoolean(session.conf().get("spark.sql.codegen.wholeStage"))) {
            return new Scored(columns, Map.of(), "a plan of the other kind, " + scored.queryExecution().executedPlan());
        }
        try {
            Map<Long, List<String>> rows = new TreeMap<>();
            for (Row row : scored.collectAsList()) {
                rows.put(row.getLong(0), row.isNullAt(1) ? null : texts(row.getStruct(1), 0));
            }
            return new Scored(columns, rows, null);
        } catch (Exception e) {
            return new Scored(columns, new TreeMap<>(), root(e));
        }
    }

    private static String root(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getClass().getName() + ": " + root.getMessage();
    }

    private static List<String> texts(Row row, int from) {
        List<String> texts = new ArrayList<>();
        for (int i = from; i < row.size(); i++) {
            texts.add(text(row.get(i)));
        }
        return texts;
    }

    /** A value as text in which two numbers are the same only if their bits are, and two vectors only if their forms are. */
    private static String text(Object value) {
        if (value instanceof Double number) {
            return Long.toHexString(Double.doubleToRawLongBits(number));
        } else if (value instanceof DenseVector vector) {
            return "dense" + text(vector.values());
        } else if (value instanceof SparseVector vector) {
            return "sparse " + vector.size() + Arrays.toString(vector.indices()) + text(vector.values());
        } else if (value instanceof scala.collection.Seq<?> seq) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < seq.size(); i++) {
                items.add(text(seq.apply(i)));
            }
            return items.toString();
        }
        return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
    }

    private static String text(double[] values) {
        return Arrays.stream(values).mapToObj(Parity::text).toList().toString();
    }
}
