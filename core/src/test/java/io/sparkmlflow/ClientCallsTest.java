package io.sparkmlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.entities.FileInfo;
import io.sparkmlflow.entities.LoggedModel;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Param;
import io.sparkmlflow.entities.Tag;
import io.sparkmlflow.store.CreateLoggedModel;
import io.sparkmlflow.store.CreateModelVersion;
import io.sparkmlflow.store.SearchRuns;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of the client that stand on others, against the embedded store. */
class ClientCallsTest {
    @TempDir
    Path folder;

    private MlflowClient client;
    private String experiment;
    private String run;

    @BeforeEach
    void open() {
        String uri = "sqlite:///" + folder.resolve("mlflow.db");
        client = new MlflowClient(uri, uri);
        experiment = client.createExperiment("e", folder.resolve("artifacts").toString(), Map.of());
        run = client.createRun(experiment).info().runId();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private BufferedImage read(String path) throws IOException {
        try (InputStream in = client.openArtifact(run, path)) {
            return ImageIO.read(in);
        }
    }

    @Test
    void imagesOfAKeyLieWhereTheWebPageLooks() throws IOException {
        client.logImage(run, new BufferedImage(600, 300, BufferedImage.TYPE_INT_ARGB), "val/dogs", 3, 1000);
        List<String> names =
                client.listArtifacts(run, "images").stream().map(FileInfo::path).toList();
        assertThat(names)
                .hasSize(2)
                .allMatch(
                        name -> name.matches("images/val~dogs\\+step\\+3\\+timestamp\\+1000\\+[0-9a-f-]{36}.*\\.png"));
        String small = names.stream()
                .filter(name -> name.endsWith("+compressed.png"))
                .findFirst()
                .orElseThrow();
        assertThat(read(small).getWidth()).isEqualTo(256);
        assertThat(read(small).getHeight()).isEqualTo(128);
        assertThat(read(small.replace("+compressed", "")).getWidth()).isEqualTo(600);
        assertThat(client.getRun(run).data().tags()).containsEntry(MlflowTags.LOGGED_IMAGES, "True");
        assertThatThrownBy(() -> client.logImage(run, new BufferedImage(1, 1, 1), "a#b", 0))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'a#b'");
    }

    @Test
    void anImageHasTheFormatOfItsName() throws IOException {
        client.logImage(run, new BufferedImage(20, 10, BufferedImage.TYPE_INT_ARGB), "plots/x.jpg");
        assertThat(read("plots/x.jpg").getWidth()).isEqualTo(20);
        assertThatThrownBy(() -> client.logImage(run, new BufferedImage(20, 10, 1), "x.webp"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'x.webp'");
        client.logFigure(run, "<svg/>".getBytes(StandardCharsets.UTF_8), "plots/x.svg");
        assertThat(client.downloadArtifacts(run, "plots/x.svg")).hasContent("<svg/>");
    }

    @Test
    void aCallMayBeWithinOrBehindWhateverTheSettingsSay() {
        client.logMetric(run, new Metric("loss", 1, 1, 1), false);
        client.logMetric(run, new Metric("loss", 2, 2, 2), true);
        assertThat(client.tracking().getMetricHistory(run, "loss", 10, null).items())
                .hasSize(2);
        client.logParam(run, "a", "1", true);
        client.setTag(run, "t", "1", true);
        assertThat(client.tracking().getRun(run).data().params()).containsEntry("a", "1");
        assertThat(client.tracking().getRun(run).data().tags()).containsEntry("t", "1");

        client.logBatch(run, List.of(), List.of(new Param("a", "2")), List.of(new Tag("t", "2")), false);
        client.setTag(run, "u", "3", false);
        client.logParam(run, "b", "4", false);
        assertThatThrownBy(() -> client.flush(run)).hasMessageContaining("Changing param values is not allowed");
        assertThat(client.getRun(run).data().tags()).containsEntry("t", "2").containsEntry("u", "3");
        assertThat(client.getRun(run).data().params()).containsEntry("b", "4");
    }

    @Test
    void artifactsComeIntoADirectoryThatIsThere() throws IOException {
        client.logText(run, "new", "a/b/c.txt");
        client.logText(run, "d", "a/d.txt");
        Path there = Files.createDirectories(folder.resolve("there"));
        Files.writeString(Files.createDirectories(there.resolve("a/b")).resolve("c.txt"), "old");
        Files.writeString(there.resolve("a/mine.txt"), "mine");

        assertThat(client.downloadArtifacts(run, "a/b/c.txt", there)).isEqualTo(there.resolve("a/b/c.txt"));
        assertThat(there.resolve("a/b/c.txt")).hasContent("new");
        assertThat(client.downloadArtifacts(run, "", there)).isEqualTo(there);
        assertThat(there.resolve("a/d.txt")).hasContent("d");
        assertThat(there.resolve("a/mine.txt")).hasContent("mine");
        assertThatThrownBy(() -> client.downloadArtifacts(run, "../x", there)).isInstanceOf(MlflowException.class);
        try (Stream<Path> left = Files.list(there)) {
            assertThat(left).containsExactly(there.resolve("a"));
        }
        assertThat(client.downloadArtifacts(run, "a").resolve("d.txt")).hasContent("d");
    }

    @Test
    void aModelsFilesAreLoggedReadAndDeletedByItsId() throws IOException {
        LoggedModel model =
                client.createLoggedModel(new CreateLoggedModel(experiment, "m", null, run, Map.of(), Map.of()));
        Path file = Files.writeString(folder.resolve("f.txt"), "f");
        client.logModelArtifact(model.modelId(), file, "sub");
        client.logModelArtifacts(model.modelId(), Files.createDirectories(folder.resolve("empty")), "sub");
        assertThat(client.listLoggedModelArtifacts(model.modelId(), "sub"))
                .containsExactly(new FileInfo("sub/f.txt", false, 1L));
        try (InputStream in = client.openLoggedModelArtifact(model.modelId(), "sub/f.txt")) {
            assertThat(in).hasContent("f");
        }
        assertThat(client.downloadLoggedModelArtifacts(model.modelId(), "sub", folder.resolve("copy"))
                        .resolve("f.txt"))
                .hasContent("f");
        client.deleteLoggedModelArtifacts(model.modelId(), "sub");
        assertThat(client.listLoggedModelArtifacts(model.modelId(), null)).isEmpty();
    }

    @Test
    void aVersionIsRegisteredWithTagsAndTaggedByItsStage() {
        client.logText(run, "flavors: {}", "model/MLmodel");
        client.registerModel("runs:/" + run + "/model", "wine", Map.of("a", "1"), Duration.ZERO);
        assertThat(client.getModelVersion("wine", 1).tags()).containsEntry("a", "1");
        client.createModelVersion(
                new CreateModelVersion("wine", "s", run, null, null, null, Map.of()), Duration.ofSeconds(1));
        client.transitionModelVersionStage("wine", 1, "Production", false);
        client.setModelVersionTag("wine", "Production", "b", "2");
        assertThat(client.getModelVersion("wine", 1).tags()).containsEntry("b", "2");
        client.deleteModelVersionTag("wine", "Production", "b");
        assertThat(client.getModelVersion("wine", 1).tags()).doesNotContainKey("b");
        assertThatThrownBy(() -> client.setModelVersionTag("wine", "Staging", "b", "2"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("no version in the stage 'Staging'");
    }

    @Test
    void allPagesAreReadAsTheyAreNeeded() {
        for (int i = 0; i < 6; i++) {
            client.createRun(experiment);
        }
        assertThat(client.searchAllRuns(SearchRuns.in(experiment).withMaxResults(2)))
                .hasSize(7);
        List<String> asked = new ArrayList<>();
        assertThat(Paging.all(token -> {
                            asked.add(token);
                            return client.searchRuns(
                                    SearchRuns.in(experiment).withMaxResults(2).withPageToken(token));
                        })
                        .limit(3))
                .hasSize(3);
        assertThat(asked).hasSize(2);
    }
}
