package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.Dataset;
import io.sparkmlflow.entities.Metric;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.mllib.ScalaInterop;
import io.sparkmlflow.model.PythonJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;

/**
 * Writes what evaluators computed to the run of the fit that made the evaluated model: {@code <metric>[-n]_<dataset>}, as Python's
 * autolog names it. What is evaluated in the micro-batches of a streaming query is a series on the query's run. Used by the sender's thread alone.
 */
final class EvaluationRecorder {
    private static final String UNKNOWN = "unknown_dataset";
    private static final int MAX_RUNS = 1000;

    private final MlflowConfig config;
    private final RunWriter runs;
    private final TargetRuns targets;
    private final FittedModels<RunInfo> models;
    private final StreamRecorder streams;
    private final Map<String, Evaluations> byRun = new Recent<>(MAX_RUNS);

    /** What was evaluated in one run so far. */
    private static final class Evaluations {
        private final Map<String, List<Integer>> datasets = new HashMap<>();
        private final Map<String, Integer> calls = new HashMap<>();
        private final ObjectNode info = JsonNodeFactory.instance.objectNode();
        private Fact.Evaluated pending;
        private String pendingName;
    }

    EvaluationRecorder(
            MlflowConfig config,
            RunWriter runs,
            TargetRuns targets,
            FittedModels<RunInfo> models,
            StreamRecorder streams) {
        this.config = config;
        this.runs = runs;
        this.targets = targets;
        this.models = models;
        this.streams = streams;
    }

    void evaluated(Fact.Evaluated fact) {
        if (!config.isOn(Setting.AUTOLOG_POST_TRAINING_METRICS)) {
            return;
        }
        LogicalPlan plan = fact.dataset().queryExecution().analyzed();
        if (fact.batch() != null
                && streams.evaluated(
                        fact,
                        RunWriter.legalName(
                                fact.evaluator().metricName() + "_" + name(plan).name()))) {
            return;
        }
        RunInfo run = runOf(fact, plan);
        if (run == null) {
            return;
        }
        Evaluations evaluations = byRun.computeIfAbsent(run.runId(), id -> new Evaluations());
        if (evaluations.pending != fact) {
            evaluations.pending = fact;
            evaluations.pendingName = newName(evaluations, fact, plan);
        }
        String name = evaluations.pendingName;
        Dataset dataset = TrainingDataset.of(fact.dataset(), DataSource.of(plan));
        runs.logMetrics(
                run, List.of(new Metric(name, fact.value(), fact.time(), 0, null, dataset.name(), dataset.digest())));
        evaluations.info.set(name, fact.evaluator().info());
        runs.logText(run, "metric_info.json", PythonJson.indented(evaluations.info));
        if (config.isOn(Setting.AUTOLOG_DATASETS)) {
            runs.logInput(run, dataset, "eval");
        }
        evaluations.pending = null;
    }

    private RunInfo runOf(Fact.Evaluated fact, LogicalPlan plan) {
        if (fact.targetRun() != null && ConnectSessions.sessionOf(fact.targetRun()) == null) {
            return targets.find(fact.targetRun(), fact.time());
        }
        for (Model<?> model : EvaluatedModels.of(plan)) {
            RunInfo run = models.find(model);
            if (run != null) {
                return run;
            }
        }
        return null;
    }

    private static String newName(Evaluations evaluations, Fact.Evaluated fact, LogicalPlan plan) {
        String dataset = datasetName(evaluations, plan);
        String metric = fact.evaluator().metricName();
        int call = evaluations.calls.merge(metric + "_" + dataset, 1, Integer::sum);
        return RunWriter.legalName(metric + (call > 1 ? "-" + call : "") + "_" + dataset);
    }

    /** Frames of the same name are numbered, as Python does. */
    private static String datasetName(Evaluations evaluations, LogicalPlan plan) {
        Named named = name(plan);
        List<Integer> known = evaluations.datasets.computeIfAbsent(named.name(), name -> new ArrayList<>());
        if (!known.contains(named.planHash())) {
            known.add(named.planHash());
        }
        int number = known.indexOf(named.planHash()) + 1;
        return number > 1 ? named.name() + "-" + number : named.name();
    }

    private record Named(String name, int planHash) {}

    /** The name that the user gave the frame before the model's columns were added, {@code df.as("test")}, or its table's. */
    private static Named name(LogicalPlan plan) {
        LogicalPlan node = plan;
        while (!(node instanceof SubqueryAlias)) {
            List<LogicalPlan> children = ScalaInterop.list(node.children());
            if (children.size() != 1) {
                List<DataSource> sources = DataSource.of(plan);
                return new Named(sources.size() == 1 ? sources.get(0).name() : UNKNOWN, node.semanticHash());
            }
            node = children.get(0);
        }
        String alias = ((SubqueryAlias) node).alias();
        return new Named(alias, node.semanticHash());
    }
}
