package io.sparkmlflow.artifacts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.entities.FileInfo;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On Hadoop's own {@code ViewFileSystem}, whose mounts are folders of this machine, and on local files under another scheme. */
class HadoopArtifactStoreTest {
    private static final String[] URIS = {"viewfs://mlflow/runs/0/r 1%20x/artifacts", "s3a://bucket/0/r1"};

    @TempDir
    Path folder;

    @BeforeEach
    void configure() throws IOException {
        Files.createDirectories(folder.resolve("mounted"));
        Configuration settings = new Configuration();
        settings.set(
                "fs.viewfs.mounttable.mlflow.link./runs",
                folder.resolve("mounted").toUri().toString());
        settings.set("fs.viewfs.impl.disable.cache", "true");
        settings.set("fs.s3a.impl", LocalBucket.class.getName());
        settings.set("fs.s3a.impl.disable.cache", "true");
        settings.set("bucket.folder", folder.resolve("bucket").toString());
        HadoopArtifactStore.configureWith(() -> settings);
    }

    @AfterEach
    void forget() {
        HadoopArtifactStore.configureWith(Configuration::new);
    }

    /** Local files below a folder that says it is a bucket. A file named {@code bad} breaks while it is written. */
    public static final class LocalBucket extends RawLocalFileSystem {
        // The super constructor asks for it already.
        private URI uri;

        @Override
        public void initialize(URI name, Configuration settings) throws IOException {
            uri = URI.create(name.getScheme() + "://" + name.getAuthority());
            super.initialize(name, settings);
        }

        @Override
        public URI getUri() {
            return uri == null ? URI.create("s3a://unknown") : uri;
        }

        @Override
        public String getScheme() {
            return uri.getScheme();
        }

        @Override
        public File pathToFile(org.apache.hadoop.fs.Path path) {
            return new File(getConf().get("bucket.folder") + path.toUri().getPath());
        }

        @Override
        public FileStatus getFileStatus(org.apache.hadoop.fs.Path path) throws IOException {
            FileStatus local = super.getFileStatus(path);
            return new FileStatus(
                    local.getLen(), local.isDirectory(), 1, 1 << 20, local.getModificationTime(), makeQualified(path));
        }

        @Override
        public FileStatus[] listStatus(org.apache.hadoop.fs.Path path) throws IOException {
            if (getFileStatus(path).isFile()) {
                return new FileStatus[] {getFileStatus(path)};
            }
            List<FileStatus> children = new ArrayList<>();
            for (String name : pathToFile(path).list()) {
                children.add(getFileStatus(new org.apache.hadoop.fs.Path(path, name)));
            }
            return children.toArray(FileStatus[]::new);
        }

        @Override
        public FSDataOutputStream create(
                org.apache.hadoop.fs.Path path,
                boolean overwrite,
                int buffer,
                short replication,
                long block,
                Progressable progress)
                throws IOException {
            FSDataOutputStream out = super.create(path, overwrite, buffer, replication, block, progress);
            return !path.getName().equals("bad")
                    ? out
                    : new FSDataOutputStream(out, null) {
                        @Override
                        public void write(byte[] bytes, int offset, int length) throws IOException {
                            super.write(bytes, offset, length / 2);
                            throw new IOException("the disk is full");
                        }
                    };
        }
    }

    private static ArtifactStore open(String uri) {
        return ArtifactStores.open(uri, null, MlflowConfig.of(key -> null, Map.of()));
    }

    private Path model() throws IOException {
        Path model = folder.resolve("model");
        Files.createDirectories(model.resolve("sparkml/metadata"));
        Files.writeString(model.resolve("MLmodel"), "flavors: {}");
        Files.writeString(model.resolve("sparkml/metadata/part"), "part");
        return model;
    }

    private List<String> filesBelow(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .filter(file -> !file.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void filesGoThereAndComeBack(int index) throws IOException {
        ArtifactStore store = open(URIS[index]);
        assertThat(store.list(null)).isEmpty();
        store.uploadDirectory(model(), "a b");
        store.uploadDirectory(model(), "a b");
        store.uploadFile(folder.resolve("model/MLmodel"), null);
        store.upload(new ByteArrayInputStream(new byte[] {1, 2, 3}), "x/pl%us");

        assertThat(store.list(null))
                .containsExactly(
                        new FileInfo("MLmodel", false, 11L),
                        new FileInfo("a b", true, null),
                        new FileInfo("x", true, null));
        assertThat(store.list("a b/sparkml/metadata"))
                .containsExactly(new FileInfo("a b/sparkml/metadata/part", false, 4L));
        assertThat(store.list("MLmodel")).isEmpty();
        try (InputStream in = store.open("x/pl%us")) {
            assertThat(in).hasBinaryContent(new byte[] {1, 2, 3});
        }
        assertThat(store.download("a b", folder.resolve("new/copy")).resolve("sparkml/metadata/part"))
                .hasContent("part");
        assertThat(store.download("MLmodel", folder.resolve("file"))).hasContent("flavors: {}");
        assertThat(filesBelow("new")).containsExactly("MLmodel", "part");
        assertThat(filesBelow(index == 0 ? "mounted" : "bucket"))
                .containsExactly("MLmodel", "MLmodel", "part", "pl%us");

        store.delete("a b");
        store.delete("a b");
        assertThat(store.list("a b")).isEmpty();
    }

    @Test
    void rootMayBeAFile() throws IOException {
        open(URIS[0]).uploadDirectory(model(), "m");
        ArtifactStore file = open(URIS[0] + "/m/MLmodel");
        try (InputStream in = file.open("")) {
            assertThat(in).hasContent("flavors: {}");
        }
        assertThat(file.list("")).isEmpty();
    }

    @Test
    void missingFilesAndOddPathsAreTyped() {
        ArtifactStore store = open(URIS[0]);
        assertThatThrownBy(() -> store.open("a/nope"))
                .hasMessage("There is no artifact 'a/nope' in " + URIS[0])
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        assertThatThrownBy(() -> store.download("a/nope", folder.resolve("x")))
                .extracting("errorCode")
                .isEqualTo(ErrorCode.RESOURCE_DOES_NOT_EXIST);
        store.upload(InputStream.nullInputStream(), "d/f");
        assertThatThrownBy(() -> store.open("d")).hasMessageContaining("is a directory");
        assertThatThrownBy(() -> store.list("../x")).hasMessageContaining("below the artifact root");
    }

    @Test
    void modelFileIsGoneWhenAnotherFileCouldNotBeWritten() throws IOException {
        ArtifactStore store = open(URIS[1]);
        store.uploadDirectory(model(), null);
        Files.writeString(folder.resolve("model/bad"), "content");
        assertThatThrownBy(() -> store.uploadDirectory(folder.resolve("model"), null))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("the disk is full");
        assertThat(filesBelow("bucket")).containsExactly("part");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void brokenStreamLeavesNothingBehind(int index) {
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(new byte[10]), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("gone");
            }
        });
        ArtifactStore store = open(URIS[index]);
        assertThatThrownBy(() -> store.upload(broken, "a/b")).hasMessageContaining("gone");
        assertThat(store.list("a")).isEmpty();
    }

    @Test
    void s3IsS3aUnlessHadoopHasIt() throws IOException {
        ArtifactStore store = open("s3://bucket/0");
        store.upload(new ByteArrayInputStream(new byte[1]), "f");
        assertThat(store.rootUri()).isEqualTo("s3://bucket/0");
        assertThat(folder.resolve("bucket/0/f")).exists();
        try (InputStream in = open("s3://bucket").open("0/f")) {
            assertThat(in.readAllBytes()).hasSize(1);
        }
    }

    @Test
    void schemesThatHadoopDoesNotKnowAreNamedWithWhatToAdd() {
        assertThatThrownBy(() -> open("gs://bucket/x"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("'gs://bucket/x'")
                .hasMessageContaining("GCS connector")
                .hasMessageContaining("No FileSystem for scheme");
        HadoopArtifactStore.configureWith(() -> null);
        assertThatThrownBy(() -> open("s3://bucket/x"))
                .isInstanceOf(MlflowException.class)
                .hasMessageContaining("hadoop-aws");
        assertThatThrownBy(() -> open("abfss://c@a.dfs.core.windows.net/x")).hasMessageContaining("hadoop-azure");
        assertThatThrownBy(() -> open("runs:/r/x")).hasMessageContaining("open it with a client");
    }

    @Test
    void withoutHadoopOnlyTheOtherSchemesWork() throws Exception {
        List<URL> withoutHadoop = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!entry.contains("hadoop")) {
                withoutHadoop.add(url(entry));
            }
        }
        try (URLClassLoader loader =
                new URLClassLoader(withoutHadoop.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Class<?> config = loader.loadClass(MlflowConfig.class.getName());
            Object settings = config.getMethod("fromEnvironment").invoke(null);
            Method open = loader.loadClass(ArtifactStores.class.getName())
                    .getMethod("open", String.class, String.class, config);
            assertThat(open.invoke(null, folder.toString(), null, settings)).isNotNull();
            assertThatThrownBy(() -> open.invoke(null, "hdfs://host/x", null, settings))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .hasMessageStartingWith(
                            "Cannot keep artifacts at 'hdfs://host/x' without Hadoop: run inside Spark, or"
                                    + " add org.apache.hadoop:hadoop-client-api");
        }
    }

    private static URL url(String entry) throws MalformedURLException {
        return Path.of(entry).toUri().toURL();
    }
}
