package io.sparkmlflow.udf;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkmlflow.artifacts.TemporaryFolders;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/** An ONNX model in one broadcast: it goes to each executor once, and all tasks there have one session of ONNX Runtime. */
final class SharedOnnx implements Serializable {
    private static final long serialVersionUID = 1L;

    private final String uri;
    private final Broadcast<Content> broadcast;
    private final long bytes;
    /** Spares the driver the way through the block manager. */
    private final transient Content local;

    private SharedOnnx(String uri, Broadcast<Content> broadcast, Content local) {
        this.uri = uri;
        this.broadcast = broadcast;
        this.local = local;
        this.bytes = local.files.bytes();
    }

    static SharedOnnx share(SparkSession spark, String uri, OnnxFiles files) {
        Content content = new Content(uri, files);
        return new SharedOnnx(
                uri, JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(content), content);
    }

    String uri() {
        return uri;
    }

    /** Returns this process's session; it is safe for use by several threads, and open while {@link #holder} is referred to. */
    OrtSession session() {
        return content().session();
    }

    /** Returns what keeps the session open. */
    Object holder() {
        return content();
    }

    private Content content() {
        return local == null ? broadcast.value() : local;
    }

    long bytes() {
        return bytes;
    }

    long broadcastId() {
        return broadcast.id();
    }

    void release() {
        broadcast.unpersist(false);
    }

    /** What is broadcast. The first who asks for the session makes it. */
    private static final class Content implements Serializable {
        private static final long serialVersionUID = 1L;

        private static final Cleaner CLEANER = Cleaner.create();

        private final String uri;
        private final OnnxFiles files;
        private transient OrtSession session;

        Content(String uri, OnnxFiles files) {
            this.uri = uri;
            this.files = files;
        }

        synchronized OrtSession session() {
            if (session == null) {
                try {
                    session = open(files);
                } catch (OrtException e) {
                    throw new ModelExpressionException(
                            "ONNX Runtime can't load the model " + uri + ": " + e.getMessage(), e);
                } catch (IOException e) {
                    throw new UncheckedIOException("Cannot unpack the model " + uri + ": " + e.getMessage(), e);
                }
                OrtSession opened = session;
                CLEANER.register(this, () -> close(opened));
            }
            return session;
        }

        private static OrtSession open(OnnxFiles files) throws OrtException, IOException {
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
                options.setIntraOpNumThreads(files.threads());
                options.setInterOpNumThreads(1);
                if (files.contents().size() == 1) {
                    return environment.createSession(files.contents().get(files.graph()), options);
                }
                Path folder = TemporaryFolders.createUntilExit();
                for (Map.Entry<String, byte[]> file : files.contents().entrySet()) {
                    Files.write(folder.resolve(file.getKey()), file.getValue());
                }
                return environment.createSession(folder.resolve(files.graph()).toString(), options);
            }
        }

        private static void close(OrtSession session) {
            try {
                session.close();
            } catch (OrtException e) {
                throw new IllegalStateException("A session of ONNX Runtime could not be closed", e);
            }
        }
    }
}
