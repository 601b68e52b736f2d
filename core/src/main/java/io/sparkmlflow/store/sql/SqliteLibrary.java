package io.sparkmlflow.store.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumSet;
import java.util.Map;
import org.sqlite.SQLiteDataSource;
import org.sqlite.SQLiteJDBCLoader;

/**
 * SQLite itself, a native library in the driver's jar, and the driver's classes. To load them takes as long as all the rest
 * of opening a store, and so it is begun on a thread of its own as soon as it is known to be needed.
 *
 * <p>On the usual Linux the library is unpacked here, in a third of the time: the driver starts a program that tells it the
 * processor, and seeds a generator of secure random numbers for the name of a file. Everywhere else, and wherever this does
 * not work, the driver does it as ever.
 */
final class SqliteLibrary {
    /** The driver's properties for a library that lies somewhere as a file. */
    private static final String PATH_PROPERTY = "org.sqlite.lib.path";

    private static final String NAME_PROPERTY = "org.sqlite.lib.name";
    private static final String TEMPORARY_FOLDER_PROPERTY = "org.sqlite.tmpdir";

    /** The driver's folders by Java's name of a processor, of those that cannot be mistaken. */
    private static final Map<String, String> FOLDERS = Map.of("amd64", "x86_64", "aarch64", "aarch64");

    // Guarded by the class.
    private static Thread loading;

    private SqliteLibrary() {}

    /** Begins, if that was not done before, and returns at once. */
    static synchronized void prepare() {
        if (loading == null) {
            loading = new Thread(SqliteLibrary::load, "spark-mlflow-sqlite");
            loading.setDaemon(true);
            loading.start();
        }
    }

    /** Waits until the library is loaded, or is known not to load: then the next connection says why. */
    static void await() {
        Thread thread;
        synchronized (SqliteLibrary.class) {
            thread = loading;
        }
        if (thread != null) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                // The driver loads what is not loaded yet.
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void load() {
        try {
            // Else the library has it initialized while the JVM holds the lock of all native libraries, and it asks
            // for a logger. Log4j loads a library of Java's when it begins: two threads would wait for each other.
            Class.forName("org.sqlite.core.NativeDB");
            Path unpacked = unpack();
            if (unpacked == null) {
                SQLiteJDBCLoader.initialize();
            } else {
                loadFrom(unpacked);
            }
            loadClasses();
        } catch (Exception | LinkageError e) {
            // Whoever asks for a connection is told.
            return;
        }
    }

    /** A library that is loaded needs its file no more. */
    private static void loadFrom(Path file) throws Exception {
        System.setProperty(PATH_PROPERTY, file.getParent().toString());
        System.setProperty(NAME_PROPERTY, file.getFileName().toString());
        try {
            SQLiteJDBCLoader.initialize();
        } finally {
            System.clearProperty(PATH_PROPERTY);
            System.clearProperty(NAME_PROPERTY);
            Files.deleteIfExists(file);
        }
    }

    /** Returns a file of this process alone, or null where the driver is to do it. */
    private static Path unpack() {
        String folder = FOLDERS.get(System.getProperty("os.arch"));
        if (folder == null
                || !System.getProperty("os.name").equals("Linux")
                || System.getProperty(PATH_PROPERTY) != null
                || System.getProperty(NAME_PROPERTY) != null
                || isMusl(folder)) {
            return null;
        }
        Path directory = Path.of(System.getProperty(TEMPORARY_FOLDER_PROPERTY, System.getProperty("java.io.tmpdir")));
        Path file = directory
                .resolve("spark-mlflow-sqlite-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".so")
                .toAbsolutePath();
        try (InputStream library =
                SQLiteJDBCLoader.class.getResourceAsStream("native/Linux/" + folder + "/libsqlitejdbc.so")) {
            if (library == null) {
                return null;
            }
            try (OutputStream out = Channels.newOutputStream(Files.newByteChannel(
                    file,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))))) {
                library.transferTo(out);
            }
            return file;
        } catch (IOException | UnsupportedOperationException e) {
            deleteQuietly(file);
            return null;
        }
    }

    /** Alpine's C library takes another build of SQLite. */
    private static boolean isMusl(String processor) {
        return Files.exists(Path.of("/lib/ld-musl-" + processor + ".so.1"));
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // Half a library in the temporary folder: the system clears that.
            return;
        }
    }

    /** Uses the driver once, and what makes the ids of runs. */
    private static void loadClasses() throws SQLException {
        SQLiteDataSource nowhere = new SQLiteDataSource();
        nowhere.setUrl("jdbc:sqlite::memory:");
        try (Connection connection = nowhere.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT 1");
        }
        Ids.random();
    }
}
