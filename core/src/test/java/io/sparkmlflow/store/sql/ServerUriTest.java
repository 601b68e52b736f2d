package io.sparkmlflow.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkmlflow.MlflowException;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.store.StoreFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
    void anOptionThatMySqlCannotHaveIsNamed() {
        assertThatThrownBy(() -> Dialect.of("mysql+pymysql://me@db/mlflow?unix_socket=/run/s"))
                .hasMessage("The database URI mysql://db/mlflow has the option 'unix_socket'; supported are [charset,"
                        + " connect_timeout, read_timeout, ssl_ca, ssl_check_hostname, ssl_mode, write_timeout]");
        assertThatThrownBy(() -> Dialect.of("mysql://me@db/mlflow?ssl_mode=PREFERRED"))
                .hasMessage(
                        "The database URI mysql://db/mlflow has ssl_mode=PREFERRED; supported are [DISABLED, REQUIRED,"
                                + " VERIFY_CA, VERIFY_IDENTITY]");
        assertThatThrownBy(() -> Dialect.of("mysql://me@db/mlflow?read_timeout=soon"))
                .hasMessage(
                        "The database URI mysql://db/mlflow has read_timeout=soon: expected whole seconds, 1 to 999999");
        assertThatThrownBy(() -> Dialect.of("mysql://me@db/mlflow?charset=latin1"))
                .hasMessage(
                        "The database URI mysql://db/mlflow has charset=latin1: expected utf8mb4, which is used anyway");
    }

    @Test
    void optionsOfPythonsDriversAreThoseOfOurDriver() {
        assertThat(
                        MySqlDriver.properties(
                                ServerUri.parse(
                                        "mysql+pymysql://me:p%40ss@db/mlflow?charset=utf8mb4&ssl_ca=/ca.pem&connect_timeout=3&read_timeout=60")))
                .containsEntry("user", "me")
                .containsEntry("password", "p@ss")
                .containsEntry("serverSslCert", "/ca.pem")
                .containsEntry("sslMode", "verify-full")
                .containsEntry("connectTimeout", "3000")
                .containsEntry("socketTimeout", "60000");
        assertThat(MySqlDriver.properties(ServerUri.parse("mysql://db/m?ssl_ca=/ca.pem&ssl_check_hostname=false")))
                .containsEntry("sslMode", "verify-ca");
        assertThat(MySqlDriver.properties(ServerUri.parse("mariadb://db/m?ssl_mode=required")))
                .containsEntry("sslMode", "trust");
    }

    @Test
    @Timeout(60)
    void aServerThatAcceptsAndSaysNothingIsGivenUp() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String uri = "mysql://me:s3cret@127.0.0.1:" + silent.getLocalPort() + "/mlflow?read_timeout=1";
            assertThatThrownBy(() -> SqlStores.openTracking(uri))
                    .isInstanceOf(io.sparkmlflow.store.StoreUnavailableException.class)
                    .hasMessageContaining(" cannot be reached: ")
                    .hasMessageNotContaining("s3cret");
            assertThatThrownBy(() -> PostgresDialect.of(
                                    ServerUri.parse(
                                            "postgresql://me:s3cret@127.0.0.1:" + silent.getLocalPort() + "/mlflow"),
                                    Duration.ofSeconds(1))
                            .dataSource()
                            .getConnection())
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
        }
    }

    @Test
    void aServerThatIsNotThereIsNamedWithoutThePassword() {
        assertThatThrownBy(() -> SqlStores.openTracking("postgresql://me:s3cret@127.0.0.1:1/mlflow"))
                .isInstanceOf(io.sparkmlflow.store.StoreUnavailableException.class)
                .hasMessageStartingWith("The database postgresql://127.0.0.1:1/mlflow cannot be reached: ")
                .hasMessageNotContaining("s3cret");
    }
}
