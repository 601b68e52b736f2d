package io.sparkmlflow.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalNotFoundException;
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

/**
 * A real PostgreSQL server on a loopback port, with a cluster of its own, which is deleted when it is closed.
 *
 * <p>PostgreSQL refuses to run as root, so for root it runs as {@code postgres} or {@code nobody}. That user may not be
 * able to enter the checkout, so the cluster lies in the system's folder for temporary files.
 */
final class PostgresServer implements DatabaseServer {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final int ATTEMPTS = 3;
    private static final String USER = "mlflow";

    private static PostgresServer shared;

    private final Path folder;
    private final List<String> asUser;
    private final Thread atExit = new Thread(this::stop);
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger databases = new AtomicInteger();
    private int port;

    private PostgresServer(Path folder, List<String> asUser) {
        this.folder = folder;
        this.asUser = asUser;
    }

    /** Makes a cluster and starts a server on it. */
    static PostgresServer start() {
        try {
            Path folder = Files.createTempDirectory("spark-mlflow-postgres").toRealPath();
            PostgresServer server = new PostgresServer(folder, ownedByUnprivilegedUser(folder));
            Runtime.getRuntime().addShutdownHook(server.atExit);
            boolean started = false;
            try {
                server.makeCluster();
                server.listen();
                started = true;
            } finally {
                if (!started) {
                    server.close();
                }
            }
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot make a PostgreSQL server", e);
        }
    }

    /** Returns the one server of this JVM, which ends with it. */
    static synchronized PostgresServer shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    @Override
    public String newDatabase() {
        String name = "mlflow_" + databases.incrementAndGet();
        run("createdb", "--host=127.0.0.1", "--port=" + port, "--username=" + USER, "--no-password", name)
                .assertSucceeded();
        return "postgresql://" + USER + ":" + URLEncoder.encode(PASSWORD, UTF_8).replace("+", "%20") + "@127.0.0.1:"
                + port + "/" + name;
    }

    @Override
    public Connection connect(String uri) throws SQLException {
        String database = uri.substring(uri.lastIndexOf('/') + 1);
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, USER, PASSWORD);
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        stop();
    }

    private void makeCluster() throws IOException {
        Path password = Files.writeString(folder.resolve("password"), PASSWORD);
        Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r--r--"));
        run(
                        "initdb",
                        "--pgdata=" + data(),
                        "--username=" + USER,
                        "--pwfile=" + password,
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--no-sync",
                        "--no-instructions")
                .assertSucceeded();
    }

    /** Another process may take the free port before the server does. */
    private void listen() throws IOException {
        Outcome outcome = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            port = MlflowServer.freePort();
            outcome = run(
                    "pg_ctl",
                    "start",
                    "--wait",
                    "--timeout=" + LIMIT.toSeconds() / 2,
                    "--pgdata=" + data(),
                    "--log=" + log(),
                    "--options=-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
                            + " -c fsync=off -c max_connections=200");
            if (outcome.exitCode() == 0) {
                return;
            }
        }
        throw new AssertionError("PostgreSQL did not start: " + outcome + "\n" + Files.readString(log()));
    }

    private void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        if (Files.exists(data().resolve("postmaster.pid"))) {
            run("pg_ctl", "stop", "--wait", "--mode=immediate", "--pgdata=" + data());
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot delete " + folder, e);
        }
    }

    private Path data() {
        return folder.resolve("data");
    }

    private Path log() {
        return folder.resolve("server.log");
    }

    private Outcome run(String program, String... arguments) {
        Path programs = Checkout.existing(Checkout.root().resolve("build/postgresql"), "dev/prepare-test-env");
        List<String> command = new ArrayList<>(asUser);
        try {
            command.add(programs.resolve(program).toRealPath().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        command.addAll(List.of(arguments));
        return Processes.run(command, folder, Map.of("LC_ALL", "C", "PGPASSWORD", PASSWORD), LIMIT);
    }

    /** Gives a folder to the user that the server runs as, and returns the words that run a command as that user. */
    private static List<String> ownedByUnprivilegedUser(Path folder) throws IOException {
        if (!System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        UserPrincipal user = unprivilegedUser();
        Files.setOwner(folder, user);
        return List.of("runuser", "-u", user.getName(), "--");
    }

    private static UserPrincipal unprivilegedUser() throws IOException {
        var users = FileSystems.getDefault().getUserPrincipalLookupService();
        try {
            return users.lookupPrincipalByName("postgres");
        } catch (UserPrincipalNotFoundException e) {
            return users.lookupPrincipalByName("nobody");
        }
    }
}
