import java.io.IOException;
import java.util.List;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Runs a job and ends in the way that its argument names. */
public final class Ending {
    private Ending() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        SparkSession spark = SparkSession.builder().appName(args[1]).getOrCreate();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        context.parallelize(List.of(1, 2), 2).count();
        switch (args[0]) {
            case "stop" -> spark.stop();
            case "throw" -> throw new IllegalStateException("meant to fail");
            case "throw-after-stop" -> {
                try {
                    throw new IllegalStateException("meant to fail");
                } finally {
                    spark.stop();
                }
            }
            case "exit" -> System.exit(3);
            case "exit-after-failed-job" -> {
                failAJob(context);
                System.exit(3);
            }
            case "stop-after-failed-job" -> {
                failAJob(context);
                spark.stop();
            }
            case "term" -> {
                new ProcessBuilder("kill", "-TERM", Long.toString(ProcessHandle.current().pid())).start().waitFor();
                Thread.sleep(60_000);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static void failAJob(JavaSparkContext context) {
        try {
            context.parallelize(List.of(1), 1).foreach(number -> {
                throw new IllegalStateException("meant to fail");
            });
        } catch (Exception e) {
            if (!(e instanceof SparkException)) {
                throw e;
            }
        }
    }
}
