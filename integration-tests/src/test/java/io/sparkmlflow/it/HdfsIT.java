package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.junit.jupiter.api.Test;

/** Models on a real HDFS, logged and loaded by a driver with executors of their own. */
class HdfsIT {
    @Test
    void modelsAreLoggedThereAndLoadedInPlace() throws IOException {
        Path directory = Checkout.newWorkFolder("hdfs");
        Distribution spark = Distribution.inVenv();
        Configuration settings = new Configuration();
        settings.set("hdfs.minidfs.basedir", directory.resolve("dfs").toString());
        settings.setBoolean("dfs.permissions.enabled", false);
        try (MiniDFSCluster cluster =
                new MiniDFSCluster.Builder(settings).numDataNodes(1).build()) {
            String root = "hdfs://127.0.0.1:" + cluster.getNameNodePort();
            DistributedFileSystem hdfs = cluster.getFileSystem();
            hdfs.mkdirs(new org.apache.hadoop.fs.Path("/limited"));
            // A block counts as full from its first byte.
            hdfs.setQuota(new org.apache.hadoop.fs.Path("/limited"), HdfsConstants.QUOTA_DONT_SET, 1 << 20);
            Outcome outcome = SparkCommand.submit(
                            spark,
                            "ModelsOnHdfs",
                            Programs.jarWithBundle(
                                    spark, directory, List.of("ModelsOnHdfs.java", "WrittenFolders.java")),
                            PythonMlflow.defaultStore(directory),
                            root + "/mlflow",
                            "/tmp/on its way",
                            directory.resolve("disk"),
                            root + "/limited")
                    .withBundle()
                    .onCluster(1, directory)
                    .conf("spark.sql.shuffle.partitions", "2")
                    .conf("spark.default.parallelism", "2")
                    .conf("spark.hadoop.fs.defaultFS", root)
                    .conf("spark.mlflow.dfsTmpDir", "/tmp/on its way")
                    .run(directory)
                    .assertSucceeded();

            assertThat(outcome.results())
                    .contains(
                            "defaultFs = hdfs",
                            "leftBySaving = 0",
                            "writtenDirectly = true",
                            "tables = 1",
                            "temporaryFolder log = false",
                            "inPlace runs = true",
                            "temporaryFolder runs = false",
                            "inPlace mode = true",
                            "temporaryFolder mode = false",
                            "copied = true",
                            "leftByLoading = 0",
                            "lazy = true",
                            "keptForTheLazy = 1",
                            "withoutRoom status = UPLOAD_FAILED",
                            "withoutRoom registered = false",
                            "withoutRoom history = false")
                    .anyMatch(line -> line.matches("withoutRoom = Spark cannot write the model pipeline_\\w+ to " + root
                            + "/limited/models/m-\\w+/artifacts/sparkml: DSQuotaExceededException: The DiskSpace quota of"
                            + " /limited is exceeded: .*"))
                    .anyMatch(line -> line.startsWith("artifactUri = " + root + "/mlflow/"));
            assertThat(files(hdfs, "/mlflow"))
                    .anyMatch(file -> file.endsWith("/artifacts/model/MLmodel"))
                    .anyMatch(file -> file.contains("/artifacts/model/sparkml/stages/1_linReg_"))
                    .anyMatch(file -> file.endsWith("/artifacts/uploaded/MLmodel"))
                    .noneMatch(file -> file.contains("/_temporary/"));
            assertThat(files(hdfs, "/limited")).isEmpty();
            // The application has ended, and with it what only its model needed.
            assertThat(files(hdfs, "/tmp")).isEmpty();
        }
    }

    private static List<String> files(FileSystem hdfs, String folder) throws IOException {
        List<String> files = new ArrayList<>();
        RemoteIterator<?> found = hdfs.listFiles(new org.apache.hadoop.fs.Path(folder), true);
        while (found.hasNext()) {
            files.add(((org.apache.hadoop.fs.LocatedFileStatus) found.next())
                    .getPath()
                    .toUri()
                    .getPath());
        }
        return files;
    }
}
