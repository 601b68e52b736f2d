package io.sparkmlflow.listener;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkmlflow.entities.RunInfo;
import io.sparkmlflow.entities.RunStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.ml.Model;

/**
 * Puts the searches that run in Python together from their fits and evaluations, one run for each. Used by the sender's thread
 * alone.
 */
final class PythonSearchRecorder {
    private static final int MAX_FITTED = 1000;

    private final RunWriter runs;
    private final Map<String, Search> searches = new HashMap<>();
    private final Map<String, Candidate> fits = new HashMap<>();
    private final Map<String, Candidate> fitted = new Recent<>(MAX_FITTED);
    private final FittedModels<Candidate> models = new FittedModels<>();

    /** A search that is going on. */
    private static final class Search {
        private final String kind;
        private final long startTime;
        private final Map<Map<String, String>, Candidate> candidates = new LinkedHashMap<>();
        private final List<RunInfo> candidateRuns = new ArrayList<>();
        private RunInfo run;
        private EvaluatorDescription evaluator;

        Search(String kind, long startTime) {
            this.kind = kind;
            this.startTime = startTime;
        }

        boolean hasFolds() {
            return kind.equals("CrossValidator");
        }
    }

    /** What is fitted on each fold with the same params. */
    private record Candidate(Search search, EstimatorDescription estimator, List<Double> metrics) {}

    PythonSearchRecorder(RunWriter runs) {
        this.runs = runs;
    }

    /** Notes that a candidate is fitted on a fold; the first one opens the search's run. */
    void foldStarted(Fact.FitStarted fact, RunInfo parent) {
        PythonSearches.Part part = fact.pythonSearch();
        Search search = searches.computeIfAbsent(part.uid(), uid -> new Search(part.kind(), fact.time()));
        if (search.run == null) {
            search.run = runs.createFit(
                    parent,
                    part.kind(),
                    fact.time(),
                    Map.of("estimator_name", part.kind(), "estimator_class", "pyspark.ml.tuning." + part.kind()));
        }
        fits.put(
                fact.fitId(),
                search.candidates.computeIfAbsent(
                        fact.estimator().params(),
                        params -> new Candidate(search, fact.estimator(), new ArrayList<>())));
    }

    /** Notes a candidate's model on a fold. Returns false if the fit is not one of a search in Python. */
    boolean foldEnded(Fact.FitEnded fact) {
        Candidate candidate = fits.remove(fact.fitId());
        if (candidate != null) {
            models.add(fact.model(), candidate);
            fitted.put(fact.fitId(), candidate);
        }
        return candidate != null;
    }

    /** Notes that a candidate failed on a fold. Returns false if the fit is not one of a search in Python. */
    boolean foldFailed(Fact.FitFailed fact) {
        return fits.remove(fact.fitId()) != null;
    }

    /** Notes the value of a candidate on a fold. Returns false if it was not evaluated by a search in Python. */
    boolean evaluated(Fact.Evaluated fact) {
        PythonSearches.Part part = PythonSearches.foldOf(fact.dataset());
        if (part == null || !searches.containsKey(part.uid())) {
            return false;
        }
        Candidate candidate = candidateOf(fact);
        if (candidate != null) {
            candidate.metrics().add(fact.value());
            candidate.search().evaluator = fact.evaluator();
        }
        return true;
    }

    /** Most predictions know their model. Those of ALS do not: PySpark evaluates on the thread that it fitted on. */
    private Candidate candidateOf(Fact.Evaluated fact) {
        for (Model<?> model : EvaluatedModels.of(fact.dataset().queryExecution().analyzed())) {
            Candidate candidate = models.findFit(model);
            if (candidate != null) {
                return candidate;
            }
        }
        return fact.fitBefore() == null ? null : fitted.get(fact.fitBefore());
    }

    /** Returns the run of a search, or {@code null} if it has ended or was never seen to begin. */
    RunInfo runOf(PythonSearches.Part part) {
        Search search = searches.get(part.uid());
        return search == null ? null : search.run;
    }

    /** Writes what a search found, when its best candidate is fitted on everything. */
    void refitted(PythonSearches.Part part, EstimatorDescription best, long endTime) {
        Search search = searches.get(part.uid());
        Candidate chosen = search == null ? null : search.candidates.get(best.params());
        if (chosen == null || search.evaluator == null || chosen.metrics().isEmpty()) {
            return;
        }
        List<Candidate> evaluated = search.candidates.values().stream()
                .filter(candidate -> !candidate.metrics().isEmpty()
                        && candidate.estimator().name().equals(best.name()))
                .toList();
        List<SearchResult.Tried> tried = new ArrayList<>();
        Set<String> varied = variedParams(evaluated);
        for (Candidate candidate : evaluated) {
            tried.add(new SearchResult.Tried(
                    candidate.estimator(),
                    map(candidate.estimator(), varied),
                    SearchResult.metrics(
                            search.evaluator.metricName(),
                            search.hasFolds(),
                            SearchResult.mean(candidate.metrics()),
                            candidate.metrics())));
        }
        SearchResult result = new SearchResult(tried, evaluated.indexOf(chosen));
        SearchRecorder.record(runs, search.run, search.startTime, endTime, result, search.candidateRuns);
        runs.logParams(search.run, params(search, chosen));
        searches.remove(part.uid());
    }

    /** Ends the searches whose best candidate was never fitted. */
    void applicationEnded(long time, RunStatus unfinished) {
        for (Search search : searches.values()) {
            if (search.run != null) {
                runs.end(search.run, unfinished, time);
            }
        }
        searches.clear();
    }

    private static Map<String, String> params(Search search, Candidate chosen) {
        Map<String, String> params = new LinkedHashMap<>();
        if (search.hasFolds()) {
            params.put("numFolds", String.valueOf(chosen.metrics().size()));
        }
        params.put("estimator", chosen.estimator().name());
        params.put("evaluator", search.evaluator.name());
        search.evaluator.params().forEach((name, value) -> params.put(search.evaluator.name() + "." + name, value));
        return params;
    }

    /** The grid stays in Python: what differs between the candidates is what it sets. */
    private static Set<String> variedParams(List<Candidate> candidates) {
        Map<String, Set<String>> values = new TreeMap<>();
        for (Candidate candidate : candidates) {
            candidate.estimator().params().forEach((name, value) -> values.computeIfAbsent(name, key -> new HashSet<>())
                    .add(value));
        }
        values.values().removeIf(distinct -> distinct.size() < 2);
        return values.keySet();
    }

    private static ObjectNode map(EstimatorDescription estimator, Set<String> params) {
        ObjectNode map = JsonNodeFactory.instance.objectNode();
        for (String param : params) {
            String value = estimator.params().get(param);
            if (value != null) {
                // A param of what the estimator holds has its owner's name already.
                boolean isNamed = estimator.isPipeline() || param.contains(".");
                String name = isNamed ? param : estimator.name() + "." + param;
                map.set(name, JsonValues.ofPythonText(value));
            }
        }
        return map;
    }
}
