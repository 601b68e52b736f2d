package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DataSourceTest {
    @ParameterizedTest
    @CsvSource({
        "abfss://sales@account.dfs.core.windows.net/2026, abfss://sales@account.dfs.core.windows.net/2026",
        "wasbs://sales@account.blob.core.windows.net/2026, wasbs://sales@account.blob.core.windows.net/2026",
        "abfss://me:secret@account.dfs.core.windows.net/2026, abfss://account.dfs.core.windows.net/2026",
        "s3a://key:secret@bucket/2026, s3a://bucket/2026",
        "hdfs://me@name/2026, hdfs://name/2026",
        "file:/data/2026, file:/data/2026"
    })
    void aPathHasItsContainerAndNoCredentials(String given, String kept) {
        assertThat(new DataSource(null, List.of(given), "parquet", new StructType(), null).paths())
                .containsExactly(kept);
    }
}
