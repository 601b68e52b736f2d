package io.sparkmlflow.listener;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Scala that our jar was built for. There is a jar for each: with the other one, many things would go well, until one is
 * needed that does not.
 */
public final class ScalaVersion {
    private static final Logger LOG = LoggerFactory.getLogger(ScalaVersion.class);

    private ScalaVersion() {}

    /**
     * Finds out whether our jar is for the Scala that runs. Classes that lie in no jar of ours pass.
     *
     * @throws MlflowException if it is not; the message names the jar to use
     */
    public static void check() {
        String complaint = complaint(ownManifest(), scala.util.Properties.versionNumberString());
        if (complaint != null) {
            throw new MlflowException(ErrorCode.INVALID_STATE, complaint);
        }
    }

    /** Returns which jar to use, or {@code null} if it is the one that the manifest is from. */
    static String complaint(Attributes manifest, String running) {
        String builtFor = manifest.getValue("Scala-Binary-Version");
        if (builtFor == null || running.startsWith(builtFor + ".")) {
            return null;
        }
        String binary = running.replaceAll("^(\\d+\\.\\d+).*", "$1");
        String version = manifest.getValue("Implementation-Version");
        return "this jar of spark-mlflow is for Scala " + builtFor + ", and this Spark has Scala " + running + ": use "
                + "spark-mlflow-spark_" + binary + (version == null ? "" : "-" + version) + ".jar";
    }

    /** The class loader has the jar open, so that this costs next to nothing. */
    private static Attributes ownManifest() {
        CodeSource source = ScalaVersion.class.getProtectionDomain().getCodeSource();
        if (source != null
                && source.getLocation() != null
                && "file".equals(source.getLocation().getProtocol())) {
            Path jar;
            try {
                jar = Path.of(source.getLocation().toURI());
            } catch (URISyntaxException e) {
                LOG.debug("The place of our jar cannot be read", e);
                return new Attributes();
            }
            if (jar.toString().endsWith(".jar")) {
                try (JarFile file = new JarFile(jar.toFile())) {
                    Manifest manifest = file.getManifest();
                    return manifest == null ? new Attributes() : manifest.getMainAttributes();
                } catch (IOException e) {
                    LOG.debug("Our jar cannot be read", e);
                }
            }
        }
        return new Attributes();
    }
}
