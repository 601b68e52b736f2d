package io.sparkmlflow.listener;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcUrlsTest {
    @ParameterizedTest
    @CsvSource({
        "jdbc:postgresql://host:5432/shop, jdbc:postgresql://host:5432/shop",
        "jdbc:postgresql://me:geheim@host/shop, jdbc:postgresql://host/shop",
        "jdbc:postgresql://me:ge@heim@host/shop, jdbc:postgresql://host/shop",
        "jdbc:postgresql://host/shop?user=me&password=geheim, jdbc:postgresql://host/shop",
        "jdbc:sqlserver://host:1433;databaseName=shop;user=me;password=geheim, jdbc:sqlserver://host:1433",
        "jdbc:oracle:thin:me/geheim@//host:1521/shop, jdbc:oracle:thin://host:1521/shop",
        "jdbc:oracle:thin:me/geheim@host:1521:shop, jdbc:oracle:thin:host:1521:shop",
        "jdbc:h2:mem:shop;USER=me;PASSWORD=geheim, jdbc:h2:mem:shop",
        "jdbc:sqlite:/data/shop.db, jdbc:sqlite:/data/shop.db",
    })
    void keepsThePlaceAlone(String url, String expected) {
        assertThat(JdbcUrls.withoutCredentials(url)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://me:ge?heim@host/shop",
                "jdbc:postgresql://me:geh;eim@host/shop",
                "jdbc:postgresql://host/shop?password=ge@heim",
                "jdbc:mysql://address=(host=h)(user=me)(password=geheim)/shop",
                "jdbc:snowflake://host/token=geheim",
                "me:geheim@host",
            })
    void keepsNothingWhereThePasswordCouldBeAnywhere(String url) {
        assertThat(JdbcUrls.withoutCredentials(url))
                .doesNotContain("heim", "geh", "me:")
                .endsWith("(redacted)");
    }

    @Test
    void aQueryIsNoTable() {
        assertThat(JdbcUrls.tableName("public.\"sales\"")).isEqualTo("public.\"sales\"");
        assertThat(JdbcUrls.tableName("(select * from t where k = 'geheim') q")).isNull();
        assertThat(JdbcUrls.tableName(null)).isNull();
    }
}
