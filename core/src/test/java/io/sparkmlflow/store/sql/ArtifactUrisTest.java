package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ArtifactUrisTest {
    @Test
    void namesAreAddedToThePathBeforeTheQuery() {
        assertThat(ArtifactUris.append("/mlruns", "0")).isEqualTo("/mlruns/0");
        assertThat(ArtifactUris.append("/mlruns/", "0", "x")).isEqualTo("/mlruns/0/x");
        assertThat(ArtifactUris.append("s3://bucket", "0")).isEqualTo("s3://bucket/0");
        assertThat(ArtifactUris.append("s3://bucket/a?b=c", "0")).isEqualTo("s3://bucket/a/0?b=c");
        assertThat(ArtifactUris.append("mlflow-artifacts:/", "0")).isEqualTo("mlflow-artifacts:/0");
    }

    @Test
    void onlyRelativeLocalPathsAreResolved() {
        Path here = Path.of("").toAbsolutePath();

        assertThat(ArtifactUris.resolve("./mlruns")).isEqualTo(here + "/mlruns");
        assertThat(ArtifactUris.resolve("/mlruns")).isEqualTo("/mlruns");
        assertThat(ArtifactUris.resolve("file:mlruns")).isEqualTo("file://" + here + "/mlruns");
        assertThat(ArtifactUris.resolve("file:///mlruns")).isEqualTo("file:///mlruns");
        assertThat(ArtifactUris.resolve("hdfs:///mlruns")).isEqualTo("hdfs:///mlruns");
    }
}
