package io.sparkmlflow.mllib;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowClient;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.LoggedModelStatus;
import io.sparkmlflow.entities.Run;
import io.sparkmlflow.model.MlModel;
import io.sparkmlflow.store.CreateRun;
import io.sparkmlflow.store.SearchLoggedModels;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.QueryExecutionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FittedModelTest {
    @TempDir
    Path directory;

    private MlflowClient client;
    private String experiment;
    private String runId;
    private Path artifacts;

    @BeforeEach
    void startARun() {
        client = new MlflowClient("sqlite:///" + directory.resolve("mlflow.db"));
        experiment = client.tracking()
                .createExperiment("e", directory.resolve("kept here").toString(), Map.of());
        Run run = client.tracking().createRun(new CreateRun(experiment, "train", "me", 1L, Map.of()));
        runId = run.info().runId();
        artifacts = Path.of(run.info().artifactUri());
    }

    @AfterEach
    void closeTheStore() {
        client.close();
    }

    @Test
    void isWrittenOnceRightWhereItStays() throws IOException, TimeoutException {
        Writes writes = new Writes();
        ModelInfo info;
        TestSpark.session().listenerManager().register(writes);
        try {
            info = log(TestSpark.churnModel(), ModelOptions.NONE);
            TestSpark.session().sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            TestSpark.session().listenerManager().unregister(writes);
        }

        assertThat(writes.of("sparkml/stages/3_logreg_"))
                .singleElement()
                .asString()
                .contains(info.modelId() + "/artifacts/sparkml/stages/3_logreg_");
        Path own = loggedModelFolder(info.modelId());
        assertThat(files(artifacts.resolve("model"))).containsExactlyElementsOf(files(own));
        long size = ((Number) MlModel.read(own).toMap().get("model_size_bytes")).longValue();
        assertThat(MlModel.read(artifacts.resolve("model")).toMap()).containsEntry("model_size_bytes", (int) size);
        assertThat(size).isEqualTo(sizeOf(own.resolve("sparkml")));
    }

    @Test
    void replacesAnOlderModelInItsPlaceAndNothingElse() throws IOException {
        ModelOptions inRun =
                ModelOptions.builder().loggedModel(LoggedModelMode.RUN).build();
        PipelineModel last = TestSpark.churnModel();
        log(TestSpark.churnModel(), inRun);
        Files.writeString(artifacts.resolve("model/notes.txt"), "mine");
        log(last, ModelOptions.NONE);

        ModelInfo info = log(last, inRun);

        assertThat(artifacts.resolve("model/notes.txt")).hasContent("mine");
        Path stages = artifacts.resolve("model/sparkml/stages");
        assertThat(names(stages))
                .containsExactlyInAnyOrderElementsOf(Stream.of(0, 1, 2, 3)
                        .map(i -> i + "_" + last.stages()[i].uid())
                        .toList());
        assertThat(names(stages.resolve("3_" + last.stages()[3].uid()).resolve("data")))
                .filteredOn(name -> name.startsWith("part-"))
                .hasSize(1);
        Dataset<Row> people = TestSpark.people();
        PipelineModel loaded =
                SparkFlavor.load(TestSpark.session(), client, info.modelUri()).model();
        assertThat(loaded.transform(people).select("prediction").collectAsList())
                .isEqualTo(last.transform(people).select("prediction").collectAsList());
    }

    @Test
    void isDeletedWhenAStageCannotBeWrittenInTheMiddle() throws IOException {
        Files.createDirectories(artifacts.resolve("model"));
        Files.writeString(artifacts.resolve("model/requirements.txt"), "mine");
        PipelineModel model = new PipelineModel("p", new Transformer[] {
            TestSpark.churnModel(),
            new Failing(() -> {
                throw new UncheckedIOException(new IOException("no more room\n\tat the disk"));
            })
        });

        for (LoggedModelMode mode : List.of(LoggedModelMode.BOTH, LoggedModelMode.RUN)) {
            assertThatThrownBy(() -> log(
                            model,
                            ModelOptions.builder()
                                    .loggedModel(mode)
                                    .registeredModelName("churn")
                                    .build()))
                    .isInstanceOf(MlflowException.class)
                    .hasMessageMatching(
                            "Spark cannot write the model p to file:/.*/sparkml: IOException: no more room");
        }

        assertNothingLooksReady();
        assertThat(client.tracking().getRun(runId).data().tags()).doesNotContainKey("mlflow.log-model.history");
        assertThat(files(artifacts)).containsExactly("model/requirements.txt");
        assertThat(artifacts.resolve("model/requirements.txt")).hasContent("mine");
    }

    @Test
    void isDeletedWhenItsThreadIsInterruptedInTheMiddle() throws IOException {
        PipelineModel model = new PipelineModel("p", new Transformer[] {
            TestSpark.churnModel(),
            new Failing(() -> {
                Thread.currentThread().interrupt();
                TestSpark.session().range(3).count();
            })
        });

        try {
            assertThatThrownBy(() -> log(
                            model,
                            ModelOptions.builder().registeredModelName("churn").build()))
                    .isInstanceOfSatisfying(MlflowException.class, e -> assertThat(e.errorCode())
                            .isEqualTo(ErrorCode.CANCELLED))
                    .hasMessageContaining("InterruptedException");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }

        assertNothingLooksReady();
        assertThat(files(artifacts)).isEmpty();
    }

    @Test
    void isDeletedFromTheFirstPlaceWhenTheSecondFails() throws IOException {
        Files.createDirectories(artifacts);
        Files.writeString(artifacts.resolve("model"), "a file is in the way");

        assertThatThrownBy(() -> log(
                        TestSpark.churnModel(),
                        ModelOptions.builder().registeredModelName("churn").build()))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining(artifacts.resolve("model").toString());

        assertNothingLooksReady();
        assertThat(artifacts.resolve("model")).hasContent("a file is in the way");
    }

    @Test
    void failsBeforeAnythingIsWrittenWhenAnOptionIsWrong() {
        assertThatThrownBy(() -> log(
                        TestSpark.churnModel(),
                        ModelOptions.builder()
                                .codePaths(List.of(directory.resolve("nowhere")))
                                .build()))
                .isInstanceOfSatisfying(MlflowException.class, e -> assertThat(e.errorCode())
                        .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE))
                .hasMessageContaining("nowhere");

        assertThat(client.tracking()
                        .searchLoggedModels(SearchLoggedModels.in(experiment))
                        .items())
                .isEmpty();
        assertThat(artifacts).doesNotExist();
    }

    private void assertNothingLooksReady() throws IOException {
        List<LoggedModel> models = client.tracking()
                .searchLoggedModels(SearchLoggedModels.in(experiment))
                .items();
        assertThat(models).isNotEmpty();
        for (LoggedModel model : models) {
            assertThat(model.status()).isEqualTo(LoggedModelStatus.UPLOAD_FAILED);
            assertThat(files(loggedModelFolder(model.modelId()))).isEmpty();
        }
        assertThat(client.registry().findRegisteredModel("churn")).isEmpty();
    }

    private ModelInfo log(Transformer model, ModelOptions options) {
        return SparkFlavor.log(TestSpark.session(), client, model, runId, "model", "/tmp/mlflow", options);
    }

    private Path loggedModelFolder(String modelId) {
        return Path.of(client.tracking().getLoggedModel(modelId).artifactUri());
    }

    private static List<String> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static long sizeOf(Path folder) throws IOException {
        long size = 0;
        for (String file : files(folder)) {
            size += Files.size(folder.resolve(file));
        }
        return size;
    }

    /** What Spark has written, as its plans say it. */
    private static final class Writes implements QueryExecutionListener {
        private final List<String> plans = new CopyOnWriteArrayList<>();

        @Override
        public void onSuccess(String function, QueryExecution execution, long nanos) {
            plans.add(execution.toString());
        }

        @Override
        public void onFailure(String function, QueryExecution execution, Exception cause) {
            plans.add(execution.toString());
        }

        List<String> of(String path) {
            return plans.stream()
                    .filter(plan -> plan.contains("InsertIntoHadoopFsRelationCommand")
                            && plan.contains(path)
                            && plan.contains("/data"))
                    .toList();
        }
    }

    /** A stage whose writer fails, after the stages before it have been written. */
    static final class Failing extends Transformer implements MLWritable {
        private static final long serialVersionUID = 1L;

        private final transient Runnable writing;

        Failing(Runnable writing) {
            this.writing = writing;
        }

        public static MLReader<Failing> read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public MLWriter write() {
            return new MLWriter() {
                @Override
                public void saveImpl(String path) {
                    writing.run();
                }
            };
        }

        @Override
        public void save(String path) throws IOException {
            write().save(path);
        }

        @Override
        public String uid() {
            return "failing_1";
        }

        @Override
        public Dataset<Row> transform(Dataset<?> data) {
            return data.toDF();
        }

        @Override
        public StructType transformSchema(StructType schema) {
            return schema;
        }

        @Override
        public Transformer copy(ParamMap extra) {
            return this;
        }
    }
}
