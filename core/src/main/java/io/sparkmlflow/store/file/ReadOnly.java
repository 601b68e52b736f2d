package io.sparkmlflow.store.file;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.nio.file.Path;

/** The sentence for everything that would change a file store. */
final class ReadOnly {
    private ReadOnly() {}

    static MlflowException refused(Path root) {
        return new MlflowException(
                ErrorCode.FEATURE_DISABLED,
                "The file store " + root + " of an older MLflow can only be read: set MLFLOW_TRACKING_URI (or"
                        + " spark.mlflow.trackingUri) to sqlite:///mlflow.db or to a server, and take along what is in it"
                        + " with 'mlflow migrate-filestore --source " + root + " --target sqlite:///mlflow.db'");
    }
}
