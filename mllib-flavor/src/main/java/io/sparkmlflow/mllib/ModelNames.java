package io.sparkmlflow.mllib;

import io.sparkmlflow.MlflowException;
import java.util.Arrays;
import java.util.regex.Pattern;

/** What a model may be called: it names a folder below a run's artifacts, and a logged model. */
final class ModelNames {
    /** MLflow's own rule for the names of logged models. */
    static final Pattern NOT_IN_LOGGED_MODELS = Pattern.compile("[/:.%\"']");

    private ModelNames() {}

    /** Throws {@code INVALID_PARAMETER_VALUE} for a name that the run or the logged model would refuse later. */
    static void require(String name, LoggedModelMode mode) {
        if (name == null || name.isBlank()) {
            throw MlflowException.invalidParameter(
                    "The model's name must not be empty: expected a name such as 'model' for its folder in the run");
        }
        boolean leaves = name.startsWith("/")
                || name.indexOf('\\') >= 0
                || name.indexOf('\0') >= 0
                || Arrays.stream(name.split("/", -1)).anyMatch(part -> part.equals("..") || part.equals("."));
        if (leaves) {
            throw MlflowException.invalidParameter("'" + name + "' is no name for a model: expected names with '/'"
                    + " between them, below the run's artifacts (no '.' or '..', no backslash, no '/' at the start)");
        }
        if (mode == LoggedModelMode.LOGGED_MODEL
                && NOT_IN_LOGGED_MODELS.matcher(name).find()) {
            throw MlflowException.invalidParameter("'" + name + "' is no name for a logged model, which has none of the"
                    + " characters / : . % \" ' in it: choose another, or log the model to the run too");
        }
    }
}
