package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark 3.5.9 and 4.1.4 note of where queries come from, shortened. */
class ModelFilesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.apache.spark.sql.DataFrameWriter.parquet(DataFrameWriter.scala:802)\n"
                        + "org.apache.spark.ml.clustering.InternalKMeansModelWriter.write(KMeans.scala:293)\n"
                        + "org.apache.spark.ml.util.GeneralMLWriter.saveImpl(ReadWrite.scala:260)\n"
                        + "org.apache.spark.ml.util.MLWriter.save(ReadWrite.scala:168)\n"
                        + "Mine.main(Mine.java:12)",
                "org.apache.spark.sql.Dataset.head(Dataset.scala:3171)\n"
                        + "org.apache.spark.ml.clustering.KMeansModel$KMeansModelReader.load(KMeans.scala:240)\n"
                        + "py4j.reflection.MethodInvoker.invoke(MethodInvoker.java:244)",
                "org.apache.spark.sql.classic.Dataset.first(Dataset.scala:1)\n"
                        + "org.apache.spark.ml.util.DefaultParamsReader$.loadMetadata(ReadWrite.scala:600)",
                "org.apache.spark.sql.DataFrameWriter.parquet(DataFrameWriter.scala:802)\n"
                        + "com.example.MyModel$MyWriter.saveImpl(MyModel.scala:3)\n"
                        + "org.apache.spark.ml.util.MLWriter.save(ReadWrite.scala:168)",
                "org.apache.spark.sql.DataFrameWriter.parquet(DataFrameWriter.scala:802)\n"
                        + "org.apache.spark.mllib.classification.impl.GLMClassificationModel$SaveLoadV1_0$.save(GLM.scala:62)"
            })
    void aWriterOrReaderOfModelsIsKnown(String callSite) {
        assertThat(ModelFiles.areOf(callSite)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "org.apache.spark.sql.Dataset.count(Dataset.scala:3615)\nMine.main(Mine.java:12)",
                "org.apache.spark.sql.Dataset.count(Dataset.scala:3615)\n"
                        + "com.example.Jobs$CsvReader.load(Jobs.scala:3)",
                "org.apache.spark.sql.Dataset.collect(Dataset.scala:3585)\n"
                        + "org.apache.spark.ml.feature.StringIndexer.countByValue(StringIndexer.scala:206)\n"
                        + "org.apache.spark.ml.feature.StringIndexer.fit(StringIndexer.scala:146)"
            })
    void whatUsersDoIsNotAndNeitherIsAFit(String callSite) {
        assertThat(ModelFiles.areOf(callSite)).isFalse();
    }

    @Test
    void pySparksMetadataIsATextFile() {
        StructType text = new StructType().add("value", "string");
        assertThat(ModelFiles.isPythons("org.apache.spark.sql.Dataset.head(D.scala:1)\npy4j.Gateway.invoke(G.java:1)"))
                .isTrue();
        assertThat(ModelFiles.isPythons(source("file:/models/m/metadata", "text", text)))
                .isTrue();
        assertThat(ModelFiles.isPythons(source("file:/models/m/metadata", "parquet", text)))
                .isFalse();
        assertThat(ModelFiles.isPythons(source("file:/models/m/notes", "text", text)))
                .isFalse();
    }

    private static DataSource source(String path, String format, StructType schema) {
        return new DataSource(null, List.of(path), format, schema, null);
    }
}
