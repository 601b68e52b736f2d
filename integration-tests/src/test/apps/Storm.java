import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Reads many files, each in a query of its own, and runs very many tasks that do nothing; prints what it has counted. Makes the file
 * {@code storm-over} then, and goes on to its end when somebody makes {@code go-on}.
 *
 * <p>Arguments: an empty folder, how many files, and how many tasks.
 */
public final class Storm {
    private Storm() {}

    public static void main(String[] args) throws Exception {
        SparkSession spark = SparkSession.builder().getOrCreate();
        Path folder = Path.of(args[0]);
        int files = Integer.parseInt(args[1]);
        int tasks = Integer.parseInt(args[2]);
        long lines = 0;
        for (int i = 0; i < files; i++) {
            Path file = Files.writeString(folder.resolve(i + ".txt"), "a line\n");
            lines += spark.read().text(file.toString()).count();
        }
        System.out.println("lines " + lines);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        System.out.println("tasks "
                + context.parallelize(IntStream.range(0, tasks).boxed().toList(), tasks)
                        .count());
        Files.createFile(folder.resolve("storm-over"));
        while (!Files.exists(folder.resolve("go-on"))) {
            Thread.sleep(50);
        }
        spark.stop();
        System.exit(7);
    }
}
