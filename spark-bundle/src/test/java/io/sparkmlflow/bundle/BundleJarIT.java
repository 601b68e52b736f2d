package io.sparkmlflow.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Opens the jar that is shipped. */
class BundleJarIT {
    private static final List<String> MODULES = List.of("core", "mllib-flavor", "spark-listener", "udf");

    /** sqlite-jdbc cannot be relocated: JNI binds its native methods by the names of its classes. */
    private static final List<String> ALLOWED_PACKAGES = List.of("io/sparkmlflow/", "org/sqlite/");

    private static JarFile jar;

    @BeforeAll
    static void openTheJar() throws IOException {
        jar = new JarFile(property("bundle.jar"));
    }

    @AfterAll
    static void closeTheJar() throws IOException {
        jar.close();
    }

    @Test
    void holdsNoThirdPartyClassUnderItsOwnName() {
        assertThat(entries().filter(name -> name.endsWith(".class")))
                .isNotEmpty()
                .allMatch(name -> ALLOWED_PACKAGES.stream().anyMatch(name::startsWith));
    }

    @Test
    void holdsEveryClassOfItsModules() throws IOException {
        Set<String> compiled = new TreeSet<>();
        for (String module : MODULES) {
            compiled.addAll(classesOf(module));
        }
        assertThat(compiled).contains("io/sparkmlflow/MlflowException.class");
        assertThat(entries().collect(Collectors.toSet())).containsAll(compiled);
    }

    @Test
    void refersToNoClassByTheNameItHadBeforeRelocation() {
        List<String> formerNames = List.of(
                "com/fasterxml/jackson",
                "org/yaml/snakeyaml",
                "com/zaxxer/hikari",
                "org/postgresql",
                "org/objectweb/asm");
        List<String> leftovers = entries()
                .filter(name -> name.startsWith("io/sparkmlflow/") && name.endsWith(".class"))
                .filter(name -> {
                    // A sentence that pgjdbc logs names a file by its old path.
                    String content = contentOf(name).replace("from org/postgresql/driverconfig.properties", "");
                    return formerNames.stream().anyMatch(content::contains);
                })
                .toList();
        assertThat(leftovers).isEmpty();
    }

    @Test
    void namesOnlyRelocatedServices() {
        List<String> services = entries()
                .filter(name -> name.startsWith("META-INF/services/") && !name.endsWith("/"))
                .toList();
        assertThat(services)
                .contains("META-INF/services/java.sql.Driver")
                .noneMatch(name -> name.contains("com.fasterxml"));
        // A second driver for jdbc:postgresql: would come in the way of the user's own.
        assertThat(contentOf("META-INF/services/java.sql.Driver").lines()).containsExactly("org.sqlite.JDBC");
        assertThat(services.stream()
                        .flatMap(name -> contentOf(name).lines())
                        .filter(line -> !line.isBlank() && !line.startsWith("#")))
                .allMatch(implementation -> jar.getEntry(implementation.strip().replace('.', '/') + ".class") != null);
    }

    @Test
    void holdsNoSignatureAndNoClassForALaterJava() {
        assertThat(entries())
                .noneMatch(name -> name.startsWith("META-INF/versions/"))
                .noneMatch(name -> name.endsWith("module-info.class"))
                .noneMatch(name -> name.matches("META-INF/[^/]+\\.(SF|DSA|RSA|EC)"));
    }

    @Test
    void holdsTheNativeLibrariesOfTheSupportedPlatforms() {
        assertThat(entries()
                        .filter(name -> name.startsWith("org/sqlite/native/") && !name.endsWith("/"))
                        .map(name -> name.substring("org/sqlite/native/".length(), name.lastIndexOf('/'))))
                .containsExactlyInAnyOrder(
                        "Linux/x86_64",
                        "Linux/aarch64",
                        "Linux-Musl/x86_64",
                        "Linux-Musl/aarch64",
                        "Mac/x86_64",
                        "Mac/aarch64",
                        "Windows/x86_64",
                        "Windows/aarch64");
    }

    @Test
    void holdsTheLicencesOfWhatItCarries() {
        assertThat(contentOf("META-INF/LICENSE")).contains("Apache License", "Version 2.0, January 2004");
        assertThat(contentOf("META-INF/NOTICE"))
                .contains("spark-mlflow", "Jackson", "SnakeYAML", "HikariCP", "PostgreSQL", "SQLite", "ASM");
        assertThat(contentOf("META-INF/licenses/org.ow2.asm/LICENSE"))
                .contains("Copyright (c) 2000-2011 INRIA, France Telecom");
        assertThat(contentOf("META-INF/licenses/org.postgresql/LICENSE"))
                .contains("PostgreSQL Global Development Group");
        assertThat(jar.getEntry("META-INF/licenses/com.ongres.scram/scram-client-3.2/META-INF/LICENSE"))
                .isNotNull();
        assertThat(jar.getEntry("META-INF/maven/org.xerial/sqlite-jdbc/LICENSE.zentus"))
                .isNotNull();
    }

    @Test
    void isPublishedWithAPomThatPullsInNothing() throws IOException {
        String pom = Files.readString(Path.of(property("bundle.pom")));
        String artifact = jar.getManifest().getMainAttributes().getValue("Scala-Binary-Version");
        assertThat(pom)
                .contains("<artifactId>spark-mlflow-spark_" + artifact + "</artifactId>")
                .doesNotContain("<dependency>", "<dependencies>", "<parent>", "${");
        assertThat(entries()).noneMatch(name -> name.endsWith("/pom.xml"));
    }

    private static Stream<String> entries() {
        return jar.stream().map(JarEntry::getName);
    }

    private static Set<String> classesOf(String module) throws IOException {
        Path classes = Path.of(property("bundle.modules"), module, property("bundle.classes"));
        if (!Files.isDirectory(classes)) {
            return Set.of();
        }
        try (Stream<Path> files = Files.walk(classes)) {
            return files.filter(file -> file.toString().endsWith(".class"))
                    .map(file -> classes.relativize(file).toString().replace('\\', '/'))
                    .collect(Collectors.toSet());
        }
    }

    private static String contentOf(String name) {
        try (var in = jar.getInputStream(jar.getEntry(name))) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String property(String name) {
        String value = System.getProperty(name);
        assertThat(value).as("system property " + name).isNotNull();
        return value;
    }
}
