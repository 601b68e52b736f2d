package io.sparkmlflow;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.listener.delivery.SpoolSender;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Sends what applications could not tell their tracking server: {@code spark-submit --class io.sparkmlflow.Replay <this jar>
 * [folder …]}, or {@code java} with this jar and Spark's jars on the class path. No Spark application is started.
 *
 * <p>A folder is what the listener's warning named, or one with several of them in it; without arguments it is where the listener
 * keeps them by default. Everything goes to the server that it was meant for, or to {@code MLFLOW_TRACKING_URI}; credentials come
 * from the environment as ever. What was sent is deleted; a replay that was cut off is simply started again.
 */
public final class Replay {
    private Replay() {}

    /** Exits with 0 if all was sent, 1 if something was refused or cannot be read, 2 if a server does not answer. */
    public static void main(String[] args) {
        int code = new SpoolSender(MlflowConfig.fromEnvironment(), System.out)
                .send(Arrays.stream(args).map(Path::of).toList());
        if (code != 0) {
            System.exit(code);
        }
    }
}
