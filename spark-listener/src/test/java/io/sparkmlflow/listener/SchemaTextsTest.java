package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class SchemaTextsTest {
    private final SchemaTexts texts = new SchemaTexts();

    @Test
    void aSchemaHasItsOwnTextHoweverManyWereAskedFor() {
        List<StructType> schemas = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            schemas.add(new StructType().add("c" + i, DataTypes.LongType).add("a", DataTypes.StringType));
        }
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < schemas.size(); i++) {
                assertThat(texts.of(schemas.get(i))).isEqualTo("a:string,c" + i + ":bigint");
            }
        }
    }

    @Test
    void theTextOfASchemaThatIsThereIsNotMadeAgain() {
        StructType schema = new StructType().add("id", DataTypes.LongType);
        assertThat(texts.of(schema)).isSameAs(texts.of(schema));
        assertThat(texts.of(new StructType().add("id", DataTypes.LongType, false)))
                .isEqualTo(texts.of(schema));
    }
}
