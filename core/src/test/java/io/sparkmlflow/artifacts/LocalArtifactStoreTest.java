package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.FileInfo;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalArtifactStoreTest {
    @TempDir
    Path folder;

    private Path root;
    private ArtifactStore store;

    @BeforeEach
    void openStore() {
        root = folder.resolve("ro ot%41");
        store = open(root.toString());
    }

    private static ArtifactStore open(String uri) {
        return ArtifactStores.open(uri, null, MlflowConfig.of(key -> null, Map.of()));
    }

    private Path model() throws IOException {
        Path model = folder.resolve("model");
        Files.createDirectories(model.resolve("sparkml/metadata"));
        Files.writeString(model.resolve("MLmodel"), "flavors: {}");
        Files.writeString(model.resolve("sparkml/metadata/.part.crc"), "crc");
        Files.writeString(model.resolve("sparkml/metadata/part"), "part");
        return model;
    }

    @Test
    void uploadsADirectoryAndListsIt() throws IOException {
        store.uploadDirectory(model(), "a/b");
        assertThat(store.list(null)).containsExactly(new FileInfo("a", true, null));
        assertThat(store.list("a/b"))
                .containsExactly(new FileInfo("a/b/MLmodel", false, 11L), new FileInfo("a/b/sparkml", true, null));
        assertThat(store.list("a/b/sparkml/metadata/"))
                .extracting(FileInfo::path)
                .containsExactly("a/b/sparkml/metadata/.part.crc", "a/b/sparkml/metadata/part");
    }

    @Test
    void listsNothingForAFileAndForWhatIsMissing() throws IOException {
        store.uploadFile(model().resolve("MLmodel"), null);
        assertThat(store.list("MLmodel")).isEmpty();
        assertThat(store.list("nope")).isEmpty();
    }

    @Test
    void modelFileIsNotThereWhenAnotherFileCouldNotBeWritten() throws IOException {
        store.uploadDirectory(model(), null);
        Files.delete(root.resolve("sparkml/metadata/part"));
        Files.createDirectories(root.resolve("sparkml/metadata/part/blocks the file"));
        assertThatThrownBy(() -> store.uploadDirectory(model(), null)).isInstanceOf(MlflowException.class);
        assertThat(root.resolve("MLmodel")).doesNotExist();
    }

    @Test
    void uploadReplacesAndLeavesNoTemporaryFile() throws IOException {
        Path file = folder.resolve("f");
        Files.writeString(file, "old");
        store.uploadFile(file, "x");
        Files.writeString(file, "new");
        store.uploadFile(file, "x");
        try (InputStream in = store.open("x/f")) {
            assertThat(in).hasContent("new");
        }
        try (Stream<Path> files = Files.list(root.resolve("x"))) {
            assertThat(files.toList()).hasSize(1);
        }
    }

    @Test
    void writesWhatAStreamGives() throws IOException {
        store.upload(new ByteArrayInputStream(new byte[] {1, 2}), "a/b");
        assertThat(root.resolve("a/b")).hasBinaryContent(new byte[] {1, 2});
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[10]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("gone");
            }
        });
        assertThatThrownBy(() -> store.upload(broken, "a/b")).hasMessageContaining("gone");
        assertThat(root.resolve("a/b")).hasBinaryContent(new byte[] {1, 2});
        assertThat(root.resolve("a")).isDirectoryContaining("glob:**/b").isDirectoryNotContaining("glob:**/.spark*");
        assertThatThrownBy(() -> store.upload(broken, "")).hasMessageContaining("names no file");
        assertThatThrownBy(() -> store.upload(broken, "../b")).hasMessageContaining("below the artifact root");
    }

    @Test
    void rootMayBeAFile() throws IOException {
        store.uploadFile(model().resolve("MLmodel"), "m");
        ArtifactStore file = open(root.resolve("m/MLmodel").toString());
        try (InputStream in = file.open(null)) {
            assertThat(in).hasContent("flavors: {}");
        }
        assertThat(file.list(null)).isEmpty();
        assertThat(file.download("", folder.resolve("copy"))).hasContent("flavors: {}");
        assertThatThrownBy(() -> store.open("m"))
                .hasMessageContaining("is a directory")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
    }

    @Test
    void downloadsADirectoryWhole() throws IOException {
        store.uploadDirectory(model(), "m");
        Path copy = store.download("m", folder.resolve("new/copy"));
        assertThat(copy.resolve("sparkml/metadata/part")).hasContent("part");
        assertThat(store.download("m/MLmodel", folder.resolve("file"))).hasContent("flavors: {}");
    }

    @Test
    void downloadDoesNotOverwrite() throws IOException {
        store.uploadDirectory(model(), null);
        assertThatThrownBy(() -> store.download("MLmodel", folder))
                .hasMessageContaining(folder.toString())
                .hasMessageContaining("exists");
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> store.open("a/nope"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("a/nope")
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> store.download("a/nope", folder.resolve("x")))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> store.uploadFile(folder.resolve("gone"), null)).hasMessageContaining("gone");
    }

    @Test
    void deletesFilesAndDirectories() throws IOException {
        store.uploadDirectory(model(), "m");
        store.delete("m/sparkml");
        assertThat(store.list("m")).hasSize(1);
        store.delete("m/sparkml");
        store.delete("m");
        assertThat(store.list(null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../x", "a/../../x", "/etc", "a/..", "a\\..\\x", "a\0b"})
    void pathThatLeavesTheRootIsRefused(String path) {
        assertThatThrownBy(() -> store.open(path))
                .isInstanceOf(MlflowException.class)
                .extracting("errorCode")
                .isEqualTo(ErrorCode.INVALID_PARAMETER_VALUE);
    }

    @Test
    void linkThatLeavesTheRootIsRefused() throws IOException {
        Files.createDirectories(root);
        Files.writeString(folder.resolve("secret"), "x");
        Files.createSymbolicLink(root.resolve("link"), folder);
        assertThatThrownBy(() -> store.open("link/secret")).hasMessageContaining("through a link");
        assertThatThrownBy(() -> store.uploadFile(model().resolve("MLmodel"), "link/new"))
                .hasMessageContaining("through a link");
        store.delete("link");
        assertThat(folder.resolve("secret")).exists();
    }

    @Test
    void localPathIsTheFile() {
        assertThat(store.localPath("a/b")).isEqualTo(root.resolve("a/b"));
        assertThat(store.localPath(null)).isEqualTo(root);
    }

    @Test
    void fileUrisNameTheSameDirectory() throws IOException {
        store.uploadDirectory(model(), null);
        String path = root.toString();
        for (String uri : List.of(
                root.toUri().toString(),
                "file://localhost" + root.toUri().getRawPath(),
                "file:" + root.toUri().getRawPath())) {
            assertThat(open(uri).list("sparkml")).as(uri).hasSize(1);
        }
        Path plain = folder.resolve("with space");
        Files.createDirectories(plain.resolve("x"));
        assertThat(open("file://" + plain).list(null)).hasSize(1);
        assertThat(open("file:" + plain).rootUri()).isEqualTo("file:" + plain);
        assertThatThrownBy(() -> open("file://elsewhere" + path.replace(" ", "%20")))
                .hasMessageContaining("another machine");
    }

    @Test
    void otherSchemesAreNamedInOneSentence() {
        assertThatThrownBy(() -> open("odd://bucket/x"))
                .hasMessageContaining("Cannot keep artifacts at 'odd://bucket/x': expected a path, a file:");
        assertThatThrownBy(() -> open("mlflow-artifacts:/0/x")).hasMessageContaining("tracking URI");
    }
}
