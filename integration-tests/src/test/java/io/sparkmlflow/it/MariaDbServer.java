package io.sparkmlflow.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A real MariaDB server, with data of its own in the system's folder for temporary files. */
final class MariaDbServer implements DatabaseServer {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int ATTEMPTS = 3;
    private static final String USER = "mlflow";

    private static MariaDbServer shared;

    private final Path folder;
    private final Thread atExit = new Thread(this::stop);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger databases = new AtomicInteger();
    private Process process;
    private int port;

    private MariaDbServer(Path folder) {
        this.folder = folder;
    }

    /** Makes a data folder and starts a server on it. */
    static MariaDbServer start() {
        try {
            MariaDbServer server = new MariaDbServer(
                    Files.createTempDirectory("spark-mlflow-mariadb").toRealPath());
            Runtime.getRuntime().addShutdownHook(server.atExit);
            boolean started = false;
            try {
                server.makeData();
                server.listen();
                started = true;
            } finally {
                if (!started) {
                    server.close();
                }
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a MariaDB server", e);
        }
    }

    /** Returns the one server of this JVM, which ends with it. */
    static synchronized MariaDbServer shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    /** The database has the collation that MariaDB gives to texts in Unicode by itself, which ignores case. */
    @Override
    public String newDatabase() {
        return newDatabase("utf8mb4_general_ci");
    }

    String newDatabase(String collation) {
        String name = "mlflow_" + databases.incrementAndGet();
        String uri = "mysql+pymysql://" + USER + ":"
                + URLEncoder.encode(PASSWORD, UTF_8).replace("+", "%20") + "@127.0.0.1:" + port + "/" + name;
        try {
            execute("/", "CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE " + collation);
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot create the database " + name, e);
        }
        return uri;
    }

    @Override
    public Connection connect(String uri) throws SQLException {
        String database = uri.substring(uri.lastIndexOf('/') + 1);
        return DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/" + database, USER, PASSWORD);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stop();
    }

    private void makeData() throws IOException {
        Files.writeString(
                init(),
                "CREATE USER IF NOT EXISTS " + USER + "@'127.0.0.1' IDENTIFIED BY '" + PASSWORD + "';\n"
                        + "GRANT ALL ON *.* TO " + USER + "@'127.0.0.1';\n");
        Processes.run(
                        command(
                                "mariadb-install-db",
                                "--datadir=" + data(),
                                "--auth-root-authentication-method=normal",
                                "--skip-test-db",
                                "--skip-name-resolve"),
                        folder,
                        Map.of(),
                        LIMIT)
                .assertSucceeded();
    }

    /** Another process may take the free port before the server does. */
    private void listen() throws IOException {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            port = MlflowServer.freePort();
            process = Processes.builder(
                            command(
                                    "mariadbd",
                                    "--datadir=" + data(),
                                    "--port=" + port,
                                    "--bind-address=127.0.0.1",
                                    "--socket=" + folder.resolve("socket"),
                                    "--pid-file=" + folder.resolve("pid"),
                                    "--init-file=" + init(),
                                    "--skip-name-resolve",
                                    "--max-connections=200",
                                    "--innodb-flush-log-at-trx-commit=0"),
                            folder,
                            Map.of())
                    .redirectErrorStream(true)
                    .redirectOutput(log().toFile())
                    .start();
            if (answers()) {
                return;
            }
        }
        throw new AssertionError("MariaDB did not start:\n" + Files.readString(log()));
    }

    private boolean answers() {
        long end = System.nanoTime() + LIMIT.toNanos();
        try {
            while (process.isAlive() && System.nanoTime() < end) {
                try (Connection connection = connect("/")) {
                    return connection.isValid(10);
                } catch (SQLException e) {
                    Thread.sleep(50); // not listening yet
                }
            }
            Processes.kill(process);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            if (process != null) {
                Processes.kill(process);
            }
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path init() {
        return folder.resolve("init.sql");
    }

    private Path log() {
        return folder.resolve("server.log");
    }

    /** Unlike PostgreSQL it runs as root too, if it is told to. */
    private static List<String> command(String program, String... arguments) {
        Path file =
                Checkout.existing(Checkout.root().resolve("build/mariadb").resolve(program), "dev/prepare-test-env");
        List<String> command = new ArrayList<>(List.of(file.toString()));
        command.addAll(List.of(arguments));
        command.add("--user=" + System.getProperty("user.name"));
        return command;
    }
}
