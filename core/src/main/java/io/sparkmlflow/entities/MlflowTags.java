package io.sparkmlflow.entities;

/** The tag keys that MLflow's own clients and web page give a meaning to. */
public final class MlflowTags {
    public static final String RUN_NAME = "mlflow.runName";
    public static final String PARENT_RUN_ID = "mlflow.parentRunId";
    public static final String USER = "mlflow.user";
    public static final String SOURCE_TYPE = "mlflow.source.type";
    public static final String SOURCE_NAME = "mlflow.source.name";
    public static final String GIT_COMMIT = "mlflow.source.git.commit";
    public static final String GIT_BRANCH = "mlflow.source.git.branch";
    public static final String GIT_REPO_URL = "mlflow.source.git.repoURL";
    public static final String EXTERNAL_MODEL = "mlflow.model.isExternal";
    public static final String NOTE = "mlflow.note.content";
    public static final String AUTOLOGGING = "mlflow.autologging";
    public static final String LOGGED_MODELS = "mlflow.log-model.history";
    public static final String LOGGED_ARTIFACTS = "mlflow.loggedArtifacts";
    public static final String LOGGED_IMAGES = "mlflow.loggedImages";
    public static final String DATASET_CONTEXT = "mlflow.data.context";

    private MlflowTags() {}
}
