package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import org.apache.spark.TaskContext;
import org.apache.spark.api.python.PythonBroadcast;
import org.apache.spark.api.python.SimplePythonFunction;
import org.apache.spark.broadcast.Broadcast;

/**
 * A Python function whose worker is started from a virtual environment. A task asks it for the Python before it starts a worker,
 * on the node and in the thread where the worker is needed: that is when the environment is made if it isn't there.
 */
final class EnvironmentFunction extends SimplePythonFunction {
    private static final long serialVersionUID = 1L;

    private final PythonEnvironment environment;

    EnvironmentFunction(byte[] command, List<Broadcast<PythonBroadcast>> broadcasts, PythonEnvironment environment) {
        super(
                command,
                new HashMap<>(),
                new ArrayList<>(),
                environment.base(),
                environment.line(),
                new ArrayList<>(broadcasts),
                null);
        this.environment = environment;
    }

    /** Returns the environment's Python in a task; elsewhere nobody starts it. */
    @Override
    public String pythonExec() {
        return TaskContext.get() == null
                ? super.pythonExec()
                : VirtualEnvironments.python(environment).toString();
    }

    @Override
    public boolean equals(Object that) {
        return that instanceof EnvironmentFunction other
                && command().equals(other.command())
                && environment.line().equals(other.environment.line())
                && environment.key("").equals(other.environment.key(""));
    }

    @Override
    public int hashCode() {
        return Objects.hash(command(), environment.key(""));
    }
}
