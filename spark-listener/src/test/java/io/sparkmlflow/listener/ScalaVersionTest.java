package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.jar.Attributes;
import org.junit.jupiter.api.Test;

class ScalaVersionTest {
    @Test
    void namesTheJarForTheScalaThatRuns() {
        assertThat(ScalaVersion.complaint(manifest("2.12", "0.1.0"), "2.13.17"))
                .isEqualTo("this jar of spark-mlflow is for Scala 2.12, and this Spark has Scala 2.13.17: use"
                        + " spark-mlflow-spark_2.13-0.1.0.jar");
    }

    @Test
    void leavesTheRightJarAlone() {
        assertThat(ScalaVersion.complaint(manifest("2.12", "0.1.0"), "2.12.18")).isNull();
    }

    @Test
    void leavesClassesWithoutAManifestAlone() {
        assertThat(ScalaVersion.complaint(new Attributes(), "2.12.18")).isNull();
    }

    private static Attributes manifest(String scala, String version) {
        Attributes manifest = new Attributes();
        manifest.putValue("Scala-Binary-Version", scala);
        manifest.putValue("Implementation-Version", version);
        return manifest;
    }
}
