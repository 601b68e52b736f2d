package io.sparkmlflow.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** What is in a distribution's MLlib. */
final class MllibClasses {
    private MllibClasses() {}

    /** Returns the names of the public classes that can be stages of a pipeline: estimators, transformers, models. */
    static Set<String> stages(Distribution spark) {
        Set<String> names = new TreeSet<>();
        List<Path> jars = jars(spark);
        Path mllib = jars.stream()
                .filter(jar -> jar.getFileName().toString().matches("spark-mllib_2\\.\\d+-.*\\.jar"))
                .findFirst()
                .orElseThrow();
        try (JarFile file = new JarFile(mllib.toFile());
                URLClassLoader loader = new URLClassLoader(
                        jars.stream().map(MllibClasses::url).toArray(URL[]::new),
                        ClassLoader.getPlatformClassLoader())) {
            Class<?> stage = Class.forName("org.apache.spark.ml.PipelineStage", false, loader);
            file.stream()
                    .map(entry -> entry.getName())
                    .filter(name -> name.startsWith("org/apache/spark/ml/") && name.endsWith(".class"))
                    .filter(name -> name.indexOf('$') < 0)
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replace('/', '.'))
                    .filter(name -> isUsersStage(load(name, loader), stage))
                    .forEach(names::add);
        } catch (IOException | ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
        return names;
    }

    /** A class that Scala calls private to a package is public in byte code; users cannot construct it by name there. */
    private static boolean isUsersStage(Class<?> type, Class<?> stage) {
        return Modifier.isPublic(type.getModifiers())
                && !Modifier.isAbstract(type.getModifiers())
                && stage.isAssignableFrom(type);
    }

    private static Class<?> load(String name, ClassLoader loader) {
        try {
            return Class.forName(name, false, loader);
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> jars(Distribution spark) {
        try (Stream<Path> files = Files.list(spark.home().resolve("jars"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static URL url(Path path) {
        try {
            return path.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException(e);
        }
    }
}
