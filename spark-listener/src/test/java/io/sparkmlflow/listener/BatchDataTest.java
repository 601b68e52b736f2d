package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class BatchDataTest {
    private static final StructType SCHEMA = new StructType().add("id", "long");

    private final BatchData batches = new BatchData();

    @Test
    void aTableIsToldOnceHoweverManyVersionsItGets() {
        assertThat(batches.news("query", List.of(table(0L)))).containsExactly(table(null));
        for (long version = 1; version < 3600; version++) {
            assertThat(batches.news("query", List.of(table(version)))).isEmpty();
        }
        assertThat(batches.news("other", List.of(table(7L)))).containsExactly(table(null));
        assertThat(batches.news("query", List.of(DataUse.read(table(0L).source()))))
                .hasSize(1);
    }

    @Test
    void aFolderForEachMicroBatchHasAnEnd() {
        int told = 0;
        for (int batch = 0; batch < 3600; batch++) {
            DataSource folder = new DataSource(null, List.of("file:/out/" + batch), "parquet", SCHEMA, null);
            told += batches.news("query", List.of(DataUse.written(folder))).size();
        }
        assertThat(told).isEqualTo(BatchData.MAX_FOR_EACH_QUERY);
    }

    private static DataUse table(Long version) {
        return DataUse.written(new DataSource("db.events", List.of(), "delta", SCHEMA, version));
    }
}
