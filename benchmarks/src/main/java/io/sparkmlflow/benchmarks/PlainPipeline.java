package io.sparkmlflow.benchmarks;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A fitted pipeline as plain numbers and the rows to score, so that all sides score the same model. It is compiled for the peers
 * too, and knows neither Spark nor anybody's API.
 *
 * @param inputs the columns that the model reads
 * @param rows their values, in this order
 */
public record PlainPipeline(String[] inputs, Object[][] rows, Stages stages) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** What one of the {@code ScoringPipelines} has learned. */
    public sealed interface Stages extends Serializable {}

    /** A binary logistic regression. */
    public record Regression(double[] coefficients, double intercept, double threshold) implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    /** A scaler and a regression. */
    public record Numbers(double[] mean, double[] std, Regression regression) implements Stages {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Indexed and encoded categories, numbers, and a forest.
     *
     * @param labels of each indexer
     * @param categories how many values each encoder knows
     */
    public record Forest(String[][] labels, int[] categories, Node[] trees, int features, int classes)
            implements Stages {
        private static final long serialVersionUID = 1L;
    }

    /**
     * A node of a tree.
     *
     * @param feature what it looks at
     * @param left the categories that go left; null where the threshold decides
     * @param categories how many values the feature has, if it is one of categories
     * @param counts the counts of the classes in a leaf; null for another node
     */
    public record Node(int feature, double threshold, double[] left, int categories, double[] counts, Node yes, Node no)
            implements Serializable {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Hashed words, their weights and a regression.
     *
     * @param buckets how many places the words are hashed to
     */
    public record Text(int buckets, double[] idf, Regression regression) implements Stages {
        private static final long serialVersionUID = 1L;
    }

    /** Writes it for another JVM. */
    public void write(Path file) throws IOException {
        try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(file))) {
            out.writeObject(this);
        }
    }

    /** Reads what {@link #write} has written. */
    @SuppressWarnings("BanSerializableRead")
    public static PlainPipeline read(Path file) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(file))) {
            return (PlainPipeline) in.readObject();
        }
    }
}
