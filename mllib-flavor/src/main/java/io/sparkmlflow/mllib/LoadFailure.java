package io.sparkmlflow.mllib;

import io.sparkmlflow.ErrorCode;
import io.sparkmlflow.MlflowException;
import java.io.EOFException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.ChecksumException;

/** Finds out why Spark could not read a model, from what the model's stages say of themselves. */
final class LoadFailure {
    private final SparkMlFolder folder;
    private final String sparkVersion;
    private final List<StageMetadata> stages;

    LoadFailure(SparkMlFolder folder, String sparkVersion) {
        this.folder = folder;
        this.sparkVersion = sparkVersion;
        this.stages = folder.stages();
    }

    /** Returns the exception that names the cause and the way out. */
    MlflowException explain(Throwable cause) {
        if (stages.isEmpty() || !stages.get(0).folder().isEmpty()) {
            return folder.incomplete(
                    "its metadata cannot be read as what Spark writes there (" + Causes.innermost(cause) + ")");
        }
        String explanation = pythonOnly();
        if (explanation == null) {
            String missing = missingStage();
            if (missing != null) {
                return folder.incomplete("the stage " + missing + " is missing");
            }
            explanation = missingClass();
        }
        if (explanation == null) {
            explanation = newerSpark(cause);
        }
        if (explanation == null) {
            explanation = missingDependency(cause);
        }
        if (explanation != null) {
            return new MlflowException(
                    ErrorCode.INVALID_PARAMETER_VALUE, "The model " + folder.modelUri() + explanation, cause);
        }
        return unexplained(cause);
    }

    private String pythonOnly() {
        if (stages.stream().noneMatch(StageMetadata::isPython)) {
            return null;
        }
        String names = stages.stream()
                .filter(stage -> !stage.isPython() || stage.stageUids().isEmpty())
                .filter(stage -> !isOfTheJvm(stage.className()))
                .map(stage -> stage.uid() + " of the Python class " + stage.className())
                .collect(Collectors.joining(", "));
        return " can be loaded in Python only: it has "
                + (names.isEmpty() ? "a pipeline that Python wrote as its own" : "the stage " + names)
                + ", and the JVM cannot run that. Load it with mlflow.spark.load_model in PySpark, or log it"
                + " without Python-only stages (MLlib's SQLTransformer can often take their place)";
    }

    /** Returns the folder of the first stage that a pipeline names and that is not there. */
    private String missingStage() {
        for (StageMetadata pipeline : stages) {
            List<String> uids = pipeline.stageUids();
            int width = String.valueOf(uids.size()).length();
            for (int i = 0; i < uids.size(); i++) {
                String number = String.format("%0" + width + "d", i);
                String parent = pipeline.folder().isEmpty() ? "" : pipeline.folder() + "/";
                String stage = parent + "stages/" + number + "_" + uids.get(i);
                if (!folder.hasFolder(stage)) {
                    return stage;
                }
            }
        }
        return null;
    }

    private String missingClass() {
        String classes = stages.stream()
                .map(StageMetadata::className)
                .distinct()
                .filter(name -> !isOfTheJvm(name))
                .collect(Collectors.joining(", "));
        if (classes.isEmpty()) {
            return null;
        }
        return " needs the class " + classes + ", which is not on the class path: add its jar with --jars or"
                + " --packages, in the version that the model was fitted with";
    }

    private static String missingDependency(Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            String name = String.valueOf(each.getMessage());
            boolean missing = each instanceof NoClassDefFoundError || each instanceof ClassNotFoundException;
            if (missing && name.matches("[\\w./$]+")) {
                return " has a stage that needs the class "
                        + name.replace('/', '.')
                        + ", which is not on the class path: add its jar with --jars or --packages, in the version that the"
                        + " model was fitted with";
            }
        }
        return null;
    }

    private String newerSpark(Throwable cause) {
        String saved = stages.get(0).sparkVersion();
        if (!SparkVersions.isNewerLine(saved, sparkVersion)) {
            return null;
        }
        return " was saved by Spark " + saved + ", and this is Spark " + sparkVersion + ", which cannot read it ("
                + Causes.innermost(cause) + "): load it with Spark " + SparkVersions.line(saved)
                + " or later, or save it with Spark " + SparkVersions.line(sparkVersion);
    }

    private MlflowException unexplained(Throwable cause) {
        String what = "Spark " + sparkVersion + " cannot read the model " + folder.modelUri() + ", which Spark "
                + stages.get(0).sparkVersion() + " saved: " + Causes.innermost(cause);
        return isDamage(cause)
                ? new MlflowException(
                        ErrorCode.DATA_LOSS,
                        what + ". A file is damaged or was cut off on its way: download or log the model again",
                        cause)
                : new MlflowException(ErrorCode.INTERNAL_ERROR, what, cause);
    }

    private static boolean isDamage(Throwable cause) {
        for (Throwable each = cause; each != null; each = each.getCause()) {
            boolean unreadable = each.getMessage() != null && each.getMessage().contains("is not a Parquet file");
            if (each instanceof ChecksumException || each instanceof EOFException || unreadable) {
                return true;
            }
        }
        return false;
    }

    /** Returns the one that Spark finds stages with. */
    static ClassLoader classLoader() {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        return loader == null ? LoadFailure.class.getClassLoader() : loader;
    }

    private static boolean isOfTheJvm(String className) {
        try {
            Class.forName(className, false, classLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
