package io.sparkmlflow.listener;

import io.sparkmlflow.mllib.ScalaInterop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.QueryExecution;

/**
 * Finds what an analyzed plan reads and writes: in its leaves, subqueries, commands and caches. Nothing is run, no lazy plan is
 * forced.
 */
final class PlanData {
    /** A plan that joins itself again and again has no more places than this that are worth the time. */
    private static final int MAX_NODES = 20_000;

    private PlanData() {}

    /**
     * Returns what a query that has ended used.
     *
     * @param succeeded whether it did: one that failed has written nothing that counts
     * @param startTime milliseconds since the epoch: what was added to a table later, perhaps by this query, was not read
     * @param endTime milliseconds since the epoch
     */
    static List<DataUse> of(QueryExecution execution, boolean succeeded, long startTime, long endTime) {
        LogicalPlan analyzed = execution.analyzed();
        if (isStreaming(execution) || wasTold(execution, analyzed)) {
            return List.of();
        }
        DataSource written =
                WrittenData.of(analyzed, Members.of(SparkSession.class, execution, "sparkSession"), endTime);
        if (written == null && analyzed instanceof Command) {
            return List.of();
        }
        List<DataUse> uses = new ArrayList<>(of(analyzed, startTime));
        if (written != null && succeeded) {
            uses.add(DataUse.written(written));
        }
        return uses;
    }

    /** Returns what a plan reads now. */
    static List<DataUse> of(LogicalPlan plan) {
        return of(plan, System.currentTimeMillis());
    }

    private static List<DataUse> of(LogicalPlan plan, long time) {
        List<DataUse> uses = new ArrayList<>();
        Set<LogicalPlan> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<LogicalPlan> waiting = new ArrayDeque<>();
        waiting.add(plan);
        while (!waiting.isEmpty() && seen.size() < MAX_NODES) {
            LogicalPlan node = waiting.removeFirst();
            if (seen.add(node)) {
                DataSource source = ReadData.of(node, time);
                if (source != null) {
                    uses.add(DataUse.read(source));
                }
                waiting.addAll(below(node));
            }
        }
        return uses.size() < 2 ? uses : uses.stream().distinct().toList();
    }

    private static List<LogicalPlan> below(LogicalPlan node) {
        List<LogicalPlan> plans = new ArrayList<>();
        String kind = node.getClass().getSimpleName();
        if (kind.equals("CommandResult")) {
            return plans;
        }
        if (kind.equals("InMemoryRelation")) {
            addIfPlan(plans, Members.of(node, "cacheBuilder", "cachedPlan", "logicalLink"));
            return plans;
        }
        ScalaInterop.list(node.children()).forEach(child -> addIfPlan(plans, child));
        ScalaInterop.list(node.innerChildren()).forEach(child -> addIfPlan(plans, child));
        ScalaInterop.list(node.subqueries()).forEach(child -> addIfPlan(plans, child));
        return plans;
    }

    private static void addIfPlan(List<LogicalPlan> plans, Object child) {
        if (child instanceof LogicalPlan plan) {
            plans.add(plan);
        }
    }

    /** A micro-batch reads other files each time: its query as a whole is described instead. */
    private static boolean isStreaming(QueryExecution execution) {
        return execution.getClass().getSimpleName().equals("IncrementalExecution");
    }

    /** A command runs at once, in an execution of its own; what is asked of its result afterwards does not run it again. */
    private static boolean wasTold(QueryExecution execution, LogicalPlan analyzed) {
        Object executed = analyzed instanceof Command ? Members.of(execution, "commandExecuted") : null;
        return executed != null && executed.getClass().getSimpleName().equals("CommandResult");
    }
}
