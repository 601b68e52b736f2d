package io.sparkmlflow.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkmlflow.MlflowClient;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What a plain Java program takes along with the client: a small jar and few others. */
class CoreJarIT {
    private static final long MAX_BYTES = 1_000_000;

    /** Jackson, a YAML reader, the JDBC drivers, a pool, slf4j. */
    private static final Set<String> DEPENDENCIES =
            Set.of("jackson-databind", "snakeyaml", "sqlite-jdbc", "postgresql", "HikariCP", "slf4j-api");

    @Test
    void isSmallerThanAMegabyte() throws IOException {
        assertThat(Files.size(jar())).isLessThan(MAX_BYTES);
    }

    @Test
    void holdsItsOwnClassesAlone() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            assertThat(jar.stream().map(entry -> entry.getName()).filter(name -> name.endsWith(".class")))
                    .isNotEmpty()
                    .allMatch(name -> name.startsWith("io/sparkmlflow/"));
        }
    }

    @Test
    void bringsNothingButJacksonYamlDriversAPoolAndSlf4j() throws Exception {
        Map<String, String> managed = scopes(Checkout.root().resolve("pom.xml"));
        Set<String> brought = new TreeSet<>();
        scopes(Checkout.root().resolve("core/pom.xml")).forEach((artifact, scope) -> {
            String effective = scope.isEmpty() ? managed.getOrDefault(artifact, "") : scope;
            if (effective.isEmpty() || effective.equals("compile") || effective.equals("runtime")) {
                brought.add(artifact);
            }
        });
        assertThat(brought).isEqualTo(new TreeSet<>(DEPENDENCIES));
    }

    private static Path jar() {
        try {
            Path jar = Path.of(MlflowClient.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            assertThat(jar).as("run after core was packaged").isRegularFile();
            return jar;
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the scope that a pom names for each of its dependencies; empty where it names none. */
    private static Map<String, String> scopes(Path pom) throws IOException, ParserConfigurationException, SAXException {
        NodeList dependencies = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(pom.toFile())
                .getElementsByTagName("dependency");
        Map<String, String> scopes = new TreeMap<>();
        for (int i = 0; i < dependencies.getLength(); i++) {
            Element dependency = (Element) dependencies.item(i);
            // managed entries come first in the parent, and are what counts
            scopes.putIfAbsent(text(dependency, "artifactId"), text(dependency, "scope"));
        }
        return scopes;
    }

    private static String text(Element dependency, String name) {
        NodeList found = dependency.getElementsByTagName(name);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
    }
}
