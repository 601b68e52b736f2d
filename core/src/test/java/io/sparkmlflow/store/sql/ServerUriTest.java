package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.store.StoreFactory;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerUriTest {
    @Test
    void allPartsAreRead() {
        ServerUri uri = ServerUri.parse(
                "postgresql+psycopg2://me:p%40ss%2Fw%3Ard+%251@db.example.com:6543/ml%20flow?sslmode=require"
                        + "&options=-c%20search_path%3Dml+flow");

        assertThat(uri.kind()).isEqualTo("postgresql");
        assertThat(uri.user()).isEqualTo("me");
        assertThat(uri.password()).isEqualTo("p@ss/w:rd+%1");
        assertThat(uri.host()).isEqualTo("db.example.com");
        assertThat(uri.port()).isEqualTo(6543);
        assertThat(uri.database()).isEqualTo("ml flow");
        assertThat(uri.options())
                .containsExactlyInAnyOrderEntriesOf(Map.of("sslmode", "require", "options", "-c search_path=ml flow"));
    }

    @Test
    void whatIsNotGivenIsNull() {
        ServerUri uri = ServerUri.parse("postgres:///mlflow");

        assertThat(uri.user()).isNull();
        assertThat(uri.password()).isNull();
        assertThat(uri.port()).isNull();
        assertThat(uri.host()).isEqualTo("localhost");
        assertThat(ServerUri.parse("postgresql://me@h/db").user()).isEqualTo("me");
    }

    @Test
    void anAddressOfIpVersion6IsInBrackets() {
        ServerUri uri = ServerUri.parse("postgresql://me:secret@[::1]:5433/db");

        assertThat(uri.host()).isEqualTo("::1");
        assertThat(uri.withoutCredentials()).isEqualTo("postgresql://[::1]:5433/db");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://me:s3cret@db/mlflow|postgresql://db/mlflow",
                "postgresql://me:s3cr/et@db:5432/mlflow?sslmode=require|postgresql://db:5432/mlflow",
                "postgresql+psycopg2://me:s3cret@db/mlflow|postgresql://db/mlflow",
                "postgresql://me:s3@cret@db/mlflow|postgresql://…",
                "postgresql://me:s3cret@|postgresql://…",
                "sqlite:///mlflow.db|sqlite:///mlflow.db"
            })
    void aUriIsShownWithoutCredentials(String uri, String shown) {
        assertThat(SqlStores.withoutCredentials(uri)).isEqualTo(shown);
        assertThat(StoreFactory.trackingUri(MlflowConfig.fromEnvironment().with(Setting.TRACKING_URI, uri)))
                .isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://me:s3@cret@db/mlflow",
                "postgresql://me:s3cret@db",
                "postgresql://me:s3cret@db/",
                "postgresql://me:s3cret@db:port/mlflow",
                "postgresql://me:s3cret@db:99999/mlflow",
                "postgresql://me:s3cret%zz@db/mlflow",
                "postgresql://me:s3cret@one:1,two:2/mlflow",
                "postgresql://me:s3cret@db/mlflow?sslmode",
                "postgresql://me@db/mlflow?password=s3cret",
                "postgresql:me:s3cret@db/mlflow"
            })
    void aWrongUriIsRefusedWithoutShowingThePassword(String uri) {
        assertThatThrownBy(() -> SqlStores.openTracking(uri))
                .isInstanceOf(MlflowException.class)
                .hasMessageNotContainingAny("cret", "s3")
                .hasMessageMatching("(?s).*(expected|supported).*");
    }

    @Test
    void anUnknownOptionIsNamedWithThoseThatAreKnown() {
        assertThatThrownBy(() -> Dialect.of("postgresql://me@db/mlflow?host=/var/run"))
                .isInstanceOf(MlflowException.class)
                .hasMessage("The database URI postgresql://db/mlflow has the option 'host'; supported are"
                        + " [application_name, channel_binding, connect_timeout, gssencmode, options, sslcert, sslkey,"
                        + " sslmode, sslrootcert]");
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutThePassword() {
        assertThatThrownBy(() -> SqlStores.openTracking("postgresql://me:s3cret@127.0.0.1:1/mlflow"))
                .isInstanceOf(io.sparkmlflow.store.StoreUnavailableException.class)
                .hasMessageStartingWith("The database postgresql://127.0.0.1:1/mlflow cannot be reached: ")
                .hasMessageNotContaining("s3cret");
    }
}
