import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.util.QueryExecutionListener;

/** The folders that Spark's tasks have written tables into, as Spark's plans name them. */
final class WrittenFolders implements QueryExecutionListener {
    private static final Pattern WRITE = Pattern.compile("InsertIntoHadoopFsRelationCommand (\\S+),");

    private final SparkSession spark;
    private final List<String> folders = new CopyOnWriteArrayList<>();

    WrittenFolders(SparkSession spark) {
        this.spark = spark;
        spark.listenerManager().register(this);
    }

    @Override
    public void onSuccess(String function, QueryExecution execution, long nanos) {
        Matcher write = WRITE.matcher(execution.toString());
        if (write.find()) {
            folders.add(write.group(1));
        }
    }

    @Override
    public void onFailure(String function, QueryExecution execution, Exception cause) {}

    /** Returns those since the last call. */
    List<String> take() throws TimeoutException {
        spark.sparkContext().listenerBus().waitUntilEmpty();
        List<String> taken = List.copyOf(folders);
        folders.clear();
        return taken;
    }
}
