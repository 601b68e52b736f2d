package io.sparkmlflow.mllib;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/**
 * Reads pipelines that PySpark wrote as its own, though each of their stages is one of the JVM.
 *
 * <p>PySpark does so for a pipeline with a stage whose Python class has a writer of its own: OneVsRest, CrossValidator,
 * TrainValidationSplit, and pipelines in pipelines. {@code PipelineModel.load} refuses the class name in the metadata; the
 * stages' folders are what the JVM writes.
 */
final class PythonPipelines {
    private static final String PYTHON_PIPELINE = "pyspark.ml.pipeline.PipelineModel";

    private final SparkSession spark;
    private final String uri;
    private final List<StageMetadata> stages;

    private PythonPipelines(SparkSession spark, String uri, List<StageMetadata> stages) {
        this.spark = spark;
        this.uri = uri;
        this.stages = stages;
    }

    /**
     * Reads such a pipeline.
     *
     * @param uri the folder's, which Spark can read
     * @return empty if it is another model, or a stage of it exists in Python only
     * @throws ReflectiveOperationException if a stage's class is not there, or is none that can be read
     */
    static Optional<PipelineModel> read(SparkSession spark, String uri, SparkMlFolder folder)
            throws ReflectiveOperationException {
        List<StageMetadata> stages = folder.stages();
        for (StageMetadata stage : stages) {
            if (stage.isPython() && !stage.className().equals(PYTHON_PIPELINE)) {
                return Optional.empty();
            }
        }
        PythonPipelines pipelines = new PythonPipelines(spark, uri, stages);
        StageMetadata root = pipelines.find("", "");
        if (root == null || !root.isPython()) {
            return Optional.empty();
        }
        return Optional.of(pipelines.pipeline(root));
    }

    private PipelineModel pipeline(StageMetadata pipeline) throws ReflectiveOperationException {
        List<Transformer> members = new ArrayList<>();
        String parent = pipeline.folder().isEmpty() ? "stages/" : pipeline.folder() + "/stages/";
        for (String uid : pipeline.stageUids()) {
            StageMetadata stage = find(parent, uid);
            if (stage == null) {
                throw new ClassNotFoundException("the stage " + uid + " has no metadata below " + parent);
            }
            members.add(stage.isPython() ? pipeline(stage) : stage(stage));
        }
        return new PipelineModel(pipeline.uid(), members.toArray(new Transformer[0]));
    }

    private Transformer stage(StageMetadata stage) throws ReflectiveOperationException {
        Class<?> type = Class.forName(stage.className(), true, LoadFailure.classLoader());
        MLReader<?> reader = (MLReader<?>) type.getMethod("read").invoke(null);
        return (Transformer) reader.session(spark).load(uri + "/" + stage.folder());
    }

    /** Returns the stage of that uid directly below a folder; Python names its folder by index and uid, like the JVM. */
    private StageMetadata find(String parent, String uid) {
        for (StageMetadata stage : stages) {
            String folder = stage.folder();
            boolean isRoot = parent.isEmpty() && folder.isEmpty();
            boolean isMember = !parent.isEmpty()
                    && folder.startsWith(parent)
                    && folder.substring(parent.length()).matches("\\d+_\\Q" + uid + "\\E");
            if (isRoot || isMember) {
                return stage;
            }
        }
        return null;
    }
}
