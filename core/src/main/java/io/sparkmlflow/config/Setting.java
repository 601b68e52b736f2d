package io.sparkmlflow.config;

/**
 * A configuration key: a Spark conf {@code spark.mlflow.*} wins over MLflow's environment variable, which wins over the
 * default.
 *
 * <p>Credentials have no Spark conf key on purpose: a Spark conf is shown in Spark's web page and event log.
 */
public enum Setting {
    TRACKING_URI(
            "spark.mlflow.trackingUri",
            "MLFLOW_TRACKING_URI",
            null,
            "The tracking store: `http(s)://…`, `databricks`, `databricks://profile`, `sqlite:///path/mlflow.db`,"
                    + " `postgresql://user:password@host/database` or `mysql://user:password@host/database`. Default: where Python's MLflow would put it,"
                    + " `mlflow.db` in the working directory."),
    REGISTRY_URI(
            "spark.mlflow.registryUri",
            "MLFLOW_REGISTRY_URI",
            null,
            "The model registry. Default: the tracking store; of `databricks` that is the workspace's own registry. Unity Catalog's (`databricks-uc`), which is Python's default there, is not supported."),
    EXPERIMENT_NAME(
            "spark.mlflow.experiment",
            "MLFLOW_EXPERIMENT_NAME",
            null,
            "The experiment of the application's run, by name; created if it is not there."),
    EXPERIMENT_ID("spark.mlflow.experimentId", "MLFLOW_EXPERIMENT_ID", "0", "The experiment of the run, by id."),
    RUN_NAME("spark.mlflow.runName", "MLFLOW_RUN_NAME", null, "The run's name. Default: the application's name."),
    RUN_ID(
            null,
            "MLFLOW_RUN_ID",
            null,
            "The run that the first `Mlflow.startRun()` continues instead of making one, and that a Spark application joins. What is"
                    + " joined keeps its name and status: whoever made it ends it."),
    RUN_CONTEXT(
            null,
            "MLFLOW_RUN_CONTEXT",
            null,
            "Tags of the runs that `Mlflow.startRun()` makes and of an application's run, as a JSON object; they replace those that are found out."),
    ACTIVE_MODEL_ID(
            null,
            "MLFLOW_ACTIVE_MODEL_ID",
            null,
            "The logged model that the metrics of `Mlflow` belong to, unless the program sets another one."),
    ENABLED("spark.mlflow.enabled", null, "true", "`false` makes the listener do nothing."),
    AUTOLOG_MODELS("spark.mlflow.autolog.logModels", null, "true", "Whether what is fitted is logged as a model."),
    AUTOLOG_DATASETS(
            "spark.mlflow.autolog.logDatasets",
            null,
            "true",
            "Whether data that is read or written is logged as datasets."),
    AUTOLOG_SIGNATURES(
            "spark.mlflow.autolog.logModelSignatures", null, "true", "Whether logged models of fits have a signature."),
    AUTOLOG_INPUT_EXAMPLES(
            "spark.mlflow.autolog.logInputExamples",
            null,
            "false",
            "Whether logged models of fits have the first five rows of their training data as input example. Spark computes them"
                    + " behind the fit, from the data's source on."),
    AUTOLOG_POST_TRAINING_METRICS(
            "spark.mlflow.autolog.logPostTrainingMetrics",
            null,
            "true",
            "Whether what evaluators compute is logged. What searches compare by is logged in any case."),
    AUTOLOG_MODEL_ALLOWLIST(
            "spark.mlflow.pysparkml.autolog.logModelAllowlistFile",
            null,
            null,
            "A file with the classes of the models that are logged, a name of PySpark's in each line, `*` at its end for all that"
                    + " begin so, `#` for comments: a local path, a URL, or what Spark's Hadoop reaches. A pipeline is logged"
                    + " if each model in it may be. Default: every model that can be saved."),
    AUTOLOG_EXTRA_TAGS(
            "spark.mlflow.autolog.extraTags",
            null,
            "{}",
            "Tags of every run that the listener makes, as a JSON object."),
    INSTRUMENTATION(
            "spark.mlflow.instrumentation",
            null,
            "auto",
            "`auto` sees every fit and evaluation, from every language, through woven copies of a few of Spark's ML classes, where"
                    + " they can be woven; `off` leaves them alone and sees only the JVM pipelines that Spark has events for."),
    METRICS(
            "spark.mlflow.metrics",
            null,
            "summary",
            "`summary` gives the application's run the sums over its jobs, stages and tasks, while it runs and at the end,"
                    + " and the runs of streaming queries their progress; `stages` also what each stage took, with its id as"
                    + " the step; `off` none of it."),
    REGISTERED_MODEL_NAME(
            "spark.mlflow.autolog.registeredModelName",
            null,
            null,
            "Registers each logged model as a new version under this name."),
    FLUSH_TIMEOUT_SECONDS(
            "spark.mlflow.flushTimeoutSeconds",
            null,
            "10",
            "How long `spark.stop()` may wait, in seconds, for what is not yet logged."),
    QUEUE_CAPACITY(
            "spark.mlflow.queueCapacity",
            null,
            "10000",
            "How many facts may wait to be sent; beyond that what queries read is dropped, oldest first."),
    SPOOL(
            "spark.mlflow.spool",
            null,
            null,
            "The folder on the driver's disk for what could not be sent, until `io.sparkmlflow.Replay` sends it; `off` keeps"
                    + " nothing. Default: `.spark-mlflow/spool` in the user's home, or in `java.io.tmpdir` if the home cannot be"
                    + " written."),
    DFS_TMPDIR(
            "spark.mlflow.dfsTmpDir",
            "MLFLOW_DFS_TMP",
            "/tmp/mlflow",
            "A folder that driver and executors both reach, for models on their way to the artifact store."),
    FUSED_FUNCTIONS(
            "spark.mlflow.functions.fused",
            null,
            "true",
            "`false` makes a model's function the plain expression of MLlib's own functions, slower and shipped with each"
                    + " task."),
    FAST_FUNCTIONS(
            "spark.mlflow.functions.fastForms",
            null,
            "true",
            "`false` lets a model's function call MLlib's own code where there is a faster form of it with the same answers: trees,"
                    + " linear models of two classes, labels, assembled and stored vectors, tokenizers, hashed words."),
    FUNCTIONS_CACHE_BYTES(
            "spark.mlflow.functions.cacheBytes",
            null,
            null,
            "How many bytes of models the driver keeps for the next call of their functions, serialized. Default: an eighth"
                    + " of the driver's heap."),
    FUNCTIONS_BATCH_ROWS(
            "spark.mlflow.functions.batchRows",
            null,
            "1000",
            "How many rows at most ONNX Runtime is given at once; `1` scores row by row."),
    FUNCTIONS_ENV_MANAGER(
            "spark.mlflow.functions.envManager",
            null,
            "local",
            "Which Python runs the models that are not MLlib's, by MLflow's names: `local`, that of Spark's workers"
                    + " (`spark.pyspark.python`), or `virtualenv`, an environment that each node makes of the model's"
                    + " `requirements.txt` when it first needs it."),
    FUNCTIONS_ENV_ROOT(
            "spark.mlflow.functions.envRoot",
            "MLFLOW_ENV_ROOT",
            "~/.mlflow/envs",
            "The folder on each node that keeps these environments, for all applications. The variable is the executor's."),
    ASYNC_LOGGING(
            null,
            "MLFLOW_ENABLE_ASYNC_LOGGING",
            null,
            "Whether `MlflowClient` and `Mlflow` send params, tags and metrics that are logged one at a time behind the call"
                    + " (`true`) or within it (`false`). Default: metrics behind the call, params and tags within it."),
    TRUNCATE_LONG_VALUES(
            null,
            "MLFLOW_TRUNCATE_LONG_VALUES",
            "true",
            "Whether params of more than 6,000 and tags of more than 8,000 characters are cut in the embedded store; with"
                    + " `false` they are refused. A server goes by its own setting."),
    HTTP_TIMEOUT_SECONDS(
            "spark.mlflow.http.timeoutSeconds",
            "MLFLOW_HTTP_REQUEST_TIMEOUT",
            "120",
            "How long one HTTP request may take, in seconds."),
    HTTP_MAX_RETRIES(
            "spark.mlflow.http.maxRetries",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
            "7",
            "How often a request that failed in passing is repeated."),
    HTTP_BACKOFF_FACTOR(
            null,
            "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR",
            "2",
            "The n-th repetition waits this many seconds times 2^(n-1), and a jitter."),
    HTTP_BACKOFF_JITTER(
            null,
            "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER",
            "1.0",
            "The most that is added to such a wait at random, in seconds."),
    HTTP_RESPECT_RETRY_AFTER(
            null,
            "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER",
            "true",
            "Whether the server may say how long to wait before a repetition."),
    ALLOW_HTTP_REDIRECTS(
            null,
            "MLFLOW_ALLOW_HTTP_REDIRECTS",
            "true",
            "Whether an answer may send a request elsewhere: a GET always, others with status 307 and 308. Never from https"
                    + " to http, and without the credentials if it is another host."),
    PROXY_MULTIPART_UPLOAD(
            null,
            "MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD",
            "false",
            "Whether large files go in parts from here to the object store behind the server, instead of through the"
                    + " server."),
    MULTIPART_UPLOAD_MINIMUM_FILE_SIZE(
            null,
            "MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE",
            "524288000",
            "The size from which a file counts as large, in bytes."),
    MULTIPART_UPLOAD_CHUNK_SIZE(
            null, "MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", "10485760", "The size of a part, in bytes."),
    TRACKING_INSECURE_TLS(
            null,
            "MLFLOW_TRACKING_INSECURE_TLS",
            "false",
            "`true` trusts any server under any name: anybody on the way can read and change everything, the password too."),
    TRACKING_SERVER_CERT_PATH(
            null,
            "MLFLOW_TRACKING_SERVER_CERT_PATH",
            null,
            "A PEM file, or a directory of them, with the certificate authorities that are trusted. Default: the JVM's."),
    TRACKING_CLIENT_CERT_PATH(
            null,
            "MLFLOW_TRACKING_CLIENT_CERT_PATH",
            null,
            "A PEM file with the client's certificate and its private key, which must not have a password."),
    HTTP_PROXY(null, "http_proxy", null, "The HTTP proxy for `http` servers, `http://user:password@host:port`."),
    HTTPS_PROXY(null, "https_proxy", null, "The HTTP proxy for `https` servers."),
    ALL_PROXY(null, "all_proxy", null, "The HTTP proxy for both, where they have none of their own."),
    NO_PROXY(
            null,
            "no_proxy",
            null,
            "Hosts that are asked directly: names with their subdomains, IPv4 addresses and networks, each with a port if it"
                    + " must be that, separated by commas; `*` for all. These four may be in capitals."),
    TRACKING_USERNAME(
            null,
            "MLFLOW_TRACKING_USERNAME",
            null,
            "User name for HTTP basic authentication. Default: `mlflow_tracking_username` in the section `[mlflow]` of"
                    + " `~/.mlflow/credentials`."),
    TRACKING_PASSWORD(
            null,
            "MLFLOW_TRACKING_PASSWORD",
            null,
            "Password for HTTP basic authentication. Default: `mlflow_tracking_password` in the same file."),
    TRACKING_AWS_SIGV4(
            null,
            "MLFLOW_TRACKING_AWS_SIGV4",
            "false",
            "Requests signed for AWS are not supported: `true` is refused."),
    TRACKING_AUTH(
            null,
            "MLFLOW_TRACKING_AUTH",
            null,
            "Names a plugin of Python's client that says who asks (`kubernetes`, for example). There are none here: it is refused."),
    WORKSPACE(null, "MLFLOW_WORKSPACE", null, "The workspace of an MLflow server that has workspaces."),
    TRACKING_TOKEN(
            null, "MLFLOW_TRACKING_TOKEN", null, "Bearer token, used when there is no user name with a password."),
    NETRC(
            null,
            "NETRC",
            null,
            "A netrc file with user names and passwords by host, used when nothing else names any. Default: `~/.netrc`."),
    DATABRICKS_HOST(null, "DATABRICKS_HOST", null, "The workspace behind the tracking URI `databricks`."),
    DATABRICKS_TOKEN(null, "DATABRICKS_TOKEN", null, "A personal access token for it."),
    DATABRICKS_CLIENT_ID(
            null, "DATABRICKS_CLIENT_ID", null, "The service principal that gets OAuth tokens for itself."),
    DATABRICKS_CLIENT_SECRET(null, "DATABRICKS_CLIENT_SECRET", null, "The secret of the service principal."),
    DATABRICKS_USERNAME(null, "DATABRICKS_USERNAME", null, "User name in the workspace, where that is still allowed."),
    DATABRICKS_PASSWORD(null, "DATABRICKS_PASSWORD", null, "Password in the workspace."),
    DATABRICKS_AUTH_TYPE(
            null,
            "DATABRICKS_AUTH_TYPE",
            null,
            "`pat`, `oauth-m2m` or `basic`: which of them to use when there are several. Default: the first there is."),
    DATABRICKS_CONFIG_FILE(
            null, "DATABRICKS_CONFIG_FILE", "~/.databrickscfg", "The file with the profiles of Databricks workspaces."),
    DATABRICKS_CONFIG_PROFILE(
            null,
            "DATABRICKS_CONFIG_PROFILE",
            null,
            "The profile that gives what the `DATABRICKS_*` variables leave open. Default: the file's default profile, if"
                    + " none of them is set.");

    private final String sparkKey;
    private final String environmentVariable;
    private final String defaultValue;
    private final String description;

    Setting(String sparkKey, String environmentVariable, String defaultValue, String description) {
        this.sparkKey = sparkKey;
        this.environmentVariable = environmentVariable;
        this.defaultValue = defaultValue;
        this.description = description;
    }

    /** Returns the Spark conf key, or {@code null} if there is none. */
    public String sparkKey() {
        return sparkKey;
    }

    /** Returns the environment variable, or {@code null} if there is none. */
    public String environmentVariable() {
        return environmentVariable;
    }

    /** Returns the value that holds when nothing is set, or {@code null} if that depends on the place. */
    public String defaultValue() {
        return defaultValue;
    }

    /** Returns one sentence for the documentation's table, in Markdown. */
    public String description() {
        return description;
    }
}
