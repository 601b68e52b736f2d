package io.sparkmlflow.udf;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.tree.CategoricalSplit;
import org.apache.spark.ml.tree.ContinuousSplit;
import org.apache.spark.ml.tree.DecisionTreeModel;
import org.apache.spark.ml.tree.InternalNode;
import org.apache.spark.ml.tree.LeafNode;
import org.apache.spark.ml.tree.Node;
import org.apache.spark.ml.tree.Split;

/**
 * Decision trees as arrays of numbers: a row visits no objects, and a forest is read from its serialized form in no time.
 *
 * <p>The nodes of a tree come before those of its right half, so that a node's left child is the next node.
 */
final class FlatTrees implements Serializable {
    private static final long serialVersionUID = 1L;

    /** A sparse vector is not unfolded if it has more places than this. */
    private static final int MOST_UNFOLDED = 1 << 14;

    private final int[] roots;
    /** The feature that a node looks at; -1 for a leaf. */
    private final int[] features;

    private final double[] thresholds;
    /** Where a node's right child is; the number of a leaf. */
    private final int[] rights;
    /** For a node that looks at a category, whether each goes left, and last whether all others do; null for other nodes. */
    private final boolean[][] categories;

    private final double[] leafValues;
    private final int valuesOfLeaf;

    /** Builds the arrays. */
    private static final class Builder {
        private final List<Integer> roots = new ArrayList<>();
        private final List<Integer> features = new ArrayList<>();
        private final List<Double> thresholds = new ArrayList<>();
        private final List<Integer> rights = new ArrayList<>();
        private final List<boolean[]> categories = new ArrayList<>();
        private final List<double[]> leaves = new ArrayList<>();
        private final Function<LeafNode, double[]> values;

        Builder(Function<LeafNode, double[]> values) {
            this.values = values;
        }

        void add(Node node) {
            if (node instanceof LeafNode leaf) {
                add(-1, 0, leaves.size(), null);
                leaves.add(values.apply(leaf));
                return;
            }
            int place = features.size();
            InternalNode inner = (InternalNode) node;
            Split split = inner.split();
            if (split instanceof ContinuousSplit continuous) {
                add(split.featureIndex(), continuous.threshold(), 0, null);
            } else {
                add(split.featureIndex(), 0, 0, left((CategoricalSplit) split));
            }
            add(inner.leftChild());
            rights.set(place, features.size());
            add(inner.rightChild());
        }

        private void add(int feature, double threshold, int right, boolean[] left) {
            features.add(feature);
            thresholds.add(threshold);
            rights.add(right);
            categories.add(left);
        }

        /** Asks the split itself. */
        private static boolean[] left(CategoricalSplit split) {
            boolean[] left = new boolean[split.numCategories() + 1];
            for (int i = 0; i < left.length; i++) {
                double category = i < split.numCategories() ? i : -1;
                left[i] = split.shouldGoLeft(Vectors.sparse(
                        split.featureIndex() + 1, new int[] {split.featureIndex()}, new double[] {category}));
            }
            return left;
        }
    }

    private FlatTrees(Builder builder) {
        this.roots = ints(builder.roots);
        this.features = ints(builder.features);
        this.thresholds =
                builder.thresholds.stream().mapToDouble(Double::doubleValue).toArray();
        this.rights = ints(builder.rights);
        boolean anyCategory = builder.categories.stream().anyMatch(left -> left != null);
        this.categories = anyCategory ? builder.categories.toArray(boolean[][]::new) : null;
        this.valuesOfLeaf = builder.leaves.get(0).length;
        this.leafValues = new double[builder.leaves.size() * valuesOfLeaf];
        for (int i = 0; i < builder.leaves.size(); i++) {
            System.arraycopy(builder.leaves.get(i), 0, leafValues, i * valuesOfLeaf, valuesOfLeaf);
        }
    }

    /**
     * Makes arrays of trees.
     *
     * @param values what a leaf says, equally many values for each
     */
    static FlatTrees of(DecisionTreeModel[] trees, Function<LeafNode, double[]> values) {
        Builder builder = new Builder(values);
        for (DecisionTreeModel tree : trees) {
            builder.roots.add(builder.features.size());
            builder.add(tree.rootNode());
        }
        return new FlatTrees(builder);
    }

    private static int[] ints(List<Integer> values) {
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    int size() {
        return roots.length;
    }

    /** Returns a vector as an array that must not be written to, or null if it is better left as it is. */
    private static double[] unfolded(Vector vector) {
        if (vector instanceof DenseVector dense) {
            return dense.values();
        }
        return vector.size() > MOST_UNFOLDED ? null : vector.toArray();
    }

    /** Adds up what the leaves say that a row comes to, tree by tree. */
    double[] sums(Vector row) {
        double[] unfolded = unfolded(row);
        double[] sums = new double[valuesOfLeaf];
        for (int root : roots) {
            int leaf = leaf(root, unfolded, row) * valuesOfLeaf;
            for (int i = 0; i < sums.length; i++) {
                sums[i] += leafValues[leaf + i];
            }
        }
        return sums;
    }

    /** Returns the first value of the leaf that a row comes to in each tree. */
    double[] each(Vector row) {
        double[] unfolded = unfolded(row);
        double[] values = new double[roots.length];
        for (int i = 0; i < roots.length; i++) {
            values[i] = leafValues[leaf(roots[i], unfolded, row) * valuesOfLeaf];
        }
        return values;
    }

    /** Returns what the leaf says that a row comes to in the first tree. */
    double[] first(Vector row) {
        int leaf = leaf(roots[0], unfolded(row), row) * valuesOfLeaf;
        double[] values = new double[valuesOfLeaf];
        System.arraycopy(leafValues, leaf, values, 0, valuesOfLeaf);
        return values;
    }

    private int leaf(int root, double[] unfolded, Vector row) {
        int node = root;
        int feature = features[node];
        while (feature >= 0) {
            double value = unfolded == null ? row.apply(feature) : unfolded[feature];
            boolean[] left = categories == null ? null : categories[node];
            boolean goesLeft = left == null ? value <= thresholds[node] : left[category(value, left.length - 1)];
            node = goesLeft ? node + 1 : rights[node];
            feature = features[node];
        }
        return rights[node];
    }

    /** Returns the number of a category, or {@code count} for a value that is none. */
    private static int category(double value, int count) {
        int category = (int) value;
        return category == value && category >= 0 && category < count ? category : count;
    }
}
