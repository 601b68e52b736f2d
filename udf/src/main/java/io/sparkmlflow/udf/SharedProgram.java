package io.sparkmlflow.udf;

import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fused model in one broadcast: it goes to each executor once and is read there once, where a function inside of a task's
 * closure would be shipped and read with every task. Public only because the code that Spark generates calls it.
 *
 * <p>The broadcast lives as long as something refers to it: the cache of models, or a query's plan. Then Spark's cleaner
 * removes it; {@link #release} takes it from the executors before.
 */
public final class SharedProgram implements ModelProgram {
    private static final long serialVersionUID = 1L;

    private static final Logger LOG = LoggerFactory.getLogger(SharedProgram.class);

    private final Broadcast<Content> broadcast;
    private final long bytes;
    /** Spares the driver the way through the block manager. */
    private final transient Content local;

    private SharedProgram(Broadcast<Content> broadcast, Content local) {
        this.broadcast = broadcast;
        this.local = local;
        this.bytes = local.serialized.length;
    }

    static SharedProgram share(SparkSession spark, FusedProgram program) {
        Content content = new Content(Serialized.write(program));
        return new SharedProgram(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(content), content);
    }

    @Override
    public FusedEvaluator evaluator() {
        return (local == null ? broadcast.value() : local)
                .program(broadcast.id())
                .evaluator();
    }

    /** Returns the size of the program in bytes, serialized. */
    long bytes() {
        return bytes;
    }

    @Override
    public long broadcastId() {
        return broadcast.id();
    }

    /** Frees the executors' memory; a query that still runs gets the program from the driver again. */
    void release() {
        broadcast.unpersist(false);
    }

    /** What is broadcast: all tasks of an executor have the same object, and the first of them reads the program. */
    private static final class Content implements Serializable {
        private static final long serialVersionUID = 1L;

        private final byte[] serialized;
        private transient FusedProgram program;

        Content(byte[] serialized) {
            this.serialized = serialized;
        }

        synchronized FusedProgram program(long id) {
            if (program == null) {
                program = Serialized.read(serialized);
                LOG.info(
                        "Read the model in broadcast {}, {} bytes, for all tasks of this process",
                        id,
                        serialized.length);
            }
            return program;
        }
    }
}
