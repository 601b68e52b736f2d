package io.sparkmlflow.listener;

import io.sparkmlflow.config.MlflowConfig;
import io.sparkmlflow.config.Setting;
import io.sparkmlflow.entities.DatasetInput;
import io.sparkmlflow.entities.MlflowTags;
import io.sparkmlflow.entities.Tag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what queries read and wrote into runs, each thing once. Used by the sender's thread alone. */
final class DataRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(DataRecorder.class);
    private static final String DATASOURCE_TAG = "sparkDatasourceInfo";
    private static final String ELLIPSIS = "...";
    private static final int MAX_TAG_LENGTH = 8000;
    private static final int MAX_DATASETS = 1000;
    private static final int MAX_RUNS = 1000;

    private final MlflowConfig config;
    private final RunWriter runs;
    private final Warnings warnings;
    private final TargetRuns targets;
    private final Map<String, Logged> byRun = new Recent<>(MAX_RUNS);

    /** What one run has. */
    private static final class Logged {
        /** The contexts in which each dataset is logged, by what makes it that dataset. */
        private final Map<String, Set<DataUse.Context>> contexts = new HashMap<>();

        private final Set<String> lines = new LinkedHashSet<>();
        private int count;

        boolean has(DataUse use) {
            return contexts.getOrDefault(use.source().identity(), Set.of()).contains(use.context());
        }

        boolean hasOtherwise(DataUse use) {
            return contexts.containsKey(use.source().identity());
        }

        void add(DataUse use) {
            contexts.computeIfAbsent(use.source().identity(), identity -> new LinkedHashSet<>())
                    .add(use.context());
            count++;
        }
    }

    DataRecorder(MlflowConfig config, RunWriter runs, TargetRuns targets, Warnings warnings) {
        this.config = config;
        this.runs = runs;
        this.targets = targets;
        this.warnings = warnings;
    }

    /**
     * Writes what the application, or a session of Spark Connect, read.
     *
     * @param targetRun as in {@link TargetRuns#find}
     */
    void read(String targetRun, List<DataSource> sources) {
        used(new Fact.DataUsed(targetRun, sources.stream().map(DataUse::read).toList()));
    }

    void used(Fact.DataUsed fact) {
        if (!config.isOn(Setting.AUTOLOG_DATASETS)) {
            return;
        }
        String run = runId(fact.targetRun());
        Logged logged = byRun.computeIfAbsent(run, id -> new Logged());
        List<DataUse> news = news(logged, fact.uses());
        if (news.isEmpty()) {
            return;
        }
        runs.client().tracking().logInputs(run, inputs(logged, news));
        Set<String> lines = new LinkedHashSet<>(logged.lines);
        news.stream()
                .filter(DataUse::isRead)
                .forEach(use -> lines.add(use.source().tagLine()));
        if (lines.size() > logged.lines.size()) {
            runs.client().tracking().setTag(run, new Tag(DATASOURCE_TAG, shortened(String.join("\n", lines))));
        }
        logged.lines.addAll(lines);
        news.forEach(logged::add);
    }

    private String runId(String targetRun) {
        if (targetRun == null) {
            return runs.application().runId();
        }
        return ConnectSessions.sessionOf(targetRun) == null
                ? targetRun
                : targets.find(targetRun, System.currentTimeMillis()).runId();
    }

    private List<DataUse> news(Logged logged, List<DataUse> uses) {
        Map<String, DataUse> news = new LinkedHashMap<>();
        for (DataUse use : uses) {
            if (!logged.has(use)) {
                news.putIfAbsent(use.context() + use.source().identity(), use);
            }
        }
        if (logged.count + news.size() > MAX_DATASETS) {
            warnings.once(
                    LOG,
                    "A run of this application uses more than " + MAX_DATASETS
                            + " datasets: those after them are not logged in MLflow");
            return new ArrayList<>(news.values()).subList(0, Math.max(0, MAX_DATASETS - logged.count));
        }
        return List.copyOf(news.values());
    }

    /**
     * MLflow keeps one context for a dataset in a run. So where a run reads what it writes, the second use has a digest of its
     * own; elsewhere the digests are the same, and show that one run reads what another wrote.
     */
    private static List<DatasetInput> inputs(Logged logged, List<DataUse> news) {
        List<DatasetInput> inputs = new ArrayList<>();
        Set<String> before = new HashSet<>();
        for (DataUse use : news) {
            boolean isSecond = !before.add(use.source().identity()) || logged.hasOtherwise(use);
            inputs.add(new DatasetInput(
                    use.source().toDataset(isSecond ? use.context().tag() : ""),
                    Map.of(MlflowTags.DATASET_CONTEXT, use.context().tag())));
        }
        return inputs;
    }

    private static String shortened(String lines) {
        return lines.length() <= MAX_TAG_LENGTH
                ? lines
                : lines.substring(0, MAX_TAG_LENGTH - ELLIPSIS.length()) + ELLIPSIS;
    }
}
