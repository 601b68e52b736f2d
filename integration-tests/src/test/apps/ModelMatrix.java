import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.MlflowSpark;
import io.sparkmlflow.mllib.ModelInfo;
import io.sparkmlflow.mllib.ModelOptions;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.clustering.DistributedLDAModel;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayArrayParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The Java side of the two-way matrix.
 *
 * <pre>
 * ModelMatrix log   CASES DATA OUT [spot]   fits and logs every case, writes the models' URIs and predictions to OUT
 * ModelMatrix score CASES DATA OUT URIS...  loads the models of each URIS file and writes their predictions, or why not, to OUT
 * </pre>
 */
public final class ModelMatrix {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode cases;
    private final Dataset<Row> data;
    private final TreeSet<String> classes = new TreeSet<>();

    private ModelMatrix(SparkSession spark, String cases, String data) throws IOException {
        this.cases = JSON.readTree(new File(cases));
        this.data = spark.read()
                .schema(this.cases.get("schema").asText())
                .json(data)
                .coalesce(1)
                .cache();
    }

    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder().getOrCreate();
        ModelMatrix matrix = new ModelMatrix(spark, args[1], args[2]);
        ObjectNode answer = JSON.createObjectNode();
        if (args[0].equals("log")) {
            matrix.log(answer, args.length > 4);
        } else {
            for (int i = 4; i < args.length; i++) {
                matrix.score(JSON.readTree(new File(args[i])), answer.putObject(new File(args[i]).getName()));
            }
        }
        JSON.writeValue(new File(args[3]), answer);
        spark.stop();
    }

    private void log(ObjectNode answer, boolean spotOnly) {
        ObjectNode models = answer.putObject("models");
        ObjectNode predictions = answer.putObject("predictions");
        for (JsonNode one : cases.get("cases")) {
            if (spotOnly && !one.path("spot").asBoolean()) {
                continue;
            }
            String name = one.get("name").asText();
            PipelineStage[] stages = stages(one.get("stages"));
            // A case of one stage is logged as it is, so that the wrapping into a pipeline is part of the matrix.
            Transformer model = stages.length > 1 ? new Pipeline().setStages(stages).fit(data) : fit(stages[0]);
            note(model);
            ModelInfo info = MlflowSpark.logModel(
                    model, "model", ModelOptions.builder().trainingData(data).build());
            models.put(name, models.size() % 2 == 0 ? info.modelUri() : "models:/" + info.modelId());
            predictions.set(name, rows(model));
        }
        ArrayNode seen = answer.putArray("classes");
        classes.forEach(seen::add);
    }

    private void score(JsonNode logged, ObjectNode predictions) {
        Iterator<Map.Entry<String, JsonNode>> models = logged.get("models").fields();
        while (models.hasNext()) {
            Map.Entry<String, JsonNode> model = models.next();
            PipelineModel loaded;
            try {
                loaded = MlflowSpark.loadModel(model.getValue().asText());
            } catch (MlflowException e) {
                predictions.put(model.getKey(), e.getMessage());
                continue;
            }
            predictions.set(model.getKey(), rows(loaded));
        }
    }

    private Transformer fit(PipelineStage stage) {
        return stage instanceof Estimator<?> estimator ? (Transformer) estimator.fit(data) : (Transformer) stage;
    }

    private void note(Transformer model) {
        classes.add(model.getClass().getName());
        if (model instanceof PipelineModel pipeline) {
            for (Transformer stage : pipeline.stages()) {
                note(stage);
            }
        } else if (model instanceof CrossValidatorModel search) {
            note((Model<?>) search.bestModel());
        } else if (model instanceof TrainValidationSplitModel search) {
            note((Model<?>) search.bestModel());
        }
    }

    private PipelineStage[] stages(JsonNode list) {
        List<PipelineStage> stages = new ArrayList<>();
        for (JsonNode stage : list) {
            stages.add((PipelineStage) make(stage));
        }
        return stages.toArray(new PipelineStage[0]);
    }

    private Params make(JsonNode description) {
        try {
            String name = "org.apache.spark.ml." + description.get("class").asText();
            classes.add(name);
            Params made = (Params) Class.forName(name).getConstructor().newInstance();
            Iterator<Map.Entry<String, JsonNode>> params = description.get("params").fields();
            while (params.hasNext()) {
                Map.Entry<String, JsonNode> param = params.next();
                set(made, made.getParam(param.getKey()), value(made, param.getKey(), param.getValue()));
            }
            return made;
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(description.toString(), e);
        }
    }

    @SuppressWarnings("unchecked")
    private static void set(Params made, Param<?> param, Object value) {
        made.set((Param<Object>) param, value);
    }

    private Object value(Params made, String name, JsonNode value) {
        Param<?> param = made.getParam(name);
        if (value.has("vector")) {
            return Vectors.dense(doubles(value.get("vector")));
        } else if (value.has("stage")) {
            return make(value.get("stage"));
        } else if (value.has("stages")) {
            return stages(value.get("stages"));
        } else if (value.has("grid")) {
            return grid((Params) made.getOrDefault(made.getParam("estimator")), value.get("grid"));
        } else if (param instanceof DoubleParam) {
            return value.asDouble();
        } else if (param instanceof IntParam) {
            return value.asInt();
        } else if (param instanceof LongParam) {
            return value.asLong();
        } else if (param instanceof BooleanParam) {
            return value.asBoolean();
        } else if (param instanceof StringArrayParam) {
            return JSON.convertValue(value, String[].class);
        } else if (param instanceof IntArrayParam) {
            return JSON.convertValue(value, int[].class);
        } else if (param instanceof DoubleArrayParam) {
            return doubles(value);
        } else if (param instanceof DoubleArrayArrayParam) {
            return JSON.convertValue(value, double[][].class);
        }
        return value.asText();
    }

    private static ParamMap[] grid(Params estimator, JsonNode grid) {
        List<ParamMap> maps = new ArrayList<>();
        Map.Entry<String, JsonNode> only = grid.fields().next();
        for (JsonNode value : only.getValue()) {
            ParamMap map = new ParamMap();
            maps.add(map.put(((DoubleParam) estimator.getParam(only.getKey())).w(value.asDouble())));
        }
        return maps.toArray(new ParamMap[0]);
    }

    private static double[] doubles(JsonNode list) {
        return JSON.convertValue(list, double[].class);
    }

    /** Returns what the model adds to every row, in an order that does not depend on the plan. */
    private ArrayNode rows(Transformer model) {
        Dataset<Row> scored = withSeed(model).transform(data).orderBy("id");
        ArrayNode rows = JSON.createArrayNode();
        for (Row row : scored.collectAsList()) {
            ObjectNode cells = rows.addObject();
            for (String column : scored.columns()) {
                cells.put(column, text(row.get(row.fieldIndex(column))));
            }
        }
        return rows;
    }

    /** Every {@code DistributedLDAModel} draws a seed of its own when it first predicts; its local model has one as a param. */
    private static Transformer withSeed(Transformer model) {
        if (model instanceof DistributedLDAModel distributed) {
            return distributed.toLocal();
        } else if (model instanceof PipelineModel pipeline) {
            List<Transformer> stages = new ArrayList<>();
            for (Transformer stage : pipeline.stages()) {
                stages.add(withSeed(stage));
            }
            return new PipelineModel(pipeline.uid(), stages);
        }
        return model;
    }

    /** A value as text in which two numbers are the same only if their bits are. */
    private static String text(Object value) {
        if (value instanceof Double number) {
            return Long.toHexString(Double.doubleToLongBits(number));
        } else if (value instanceof Float number) {
            return Integer.toHexString(Float.floatToIntBits(number));
        } else if (value instanceof DenseVector vector) {
            return "dense" + texts(vector.values());
        } else if (value instanceof SparseVector vector) {
            List<String> indices = new ArrayList<>();
            for (int index : vector.indices()) {
                indices.add(String.valueOf(index));
            }
            return "sparse " + vector.size() + indices + texts(vector.values());
        } else if (value instanceof scala.collection.Seq<?> seq) {
            List<String> items = new ArrayList<>();
            for (int i = 0; i < seq.size(); i++) {
                items.add(text(seq.apply(i)));
            }
            return items.toString();
        }
        return String.valueOf(value);
    }

    private static String texts(double[] values) {
        List<String> texts = new ArrayList<>();
        for (double value : values) {
            texts.add(text(value));
        }
        return texts.toString();
    }
}
