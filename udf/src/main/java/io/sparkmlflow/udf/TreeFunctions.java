package io.sparkmlflow.udf;

import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.DecisionTreeClassificationModel;
import org.apache.spark.ml.classification.GBTClassificationModel;
import org.apache.spark.ml.classification.ProbabilisticClassificationModel;
import org.apache.spark.ml.classification.RandomForestClassificationModel;
import org.apache.spark.ml.linalg.BLAS$;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.regression.DecisionTreeRegressionModel;
import org.apache.spark.ml.regression.GBTRegressionModel;
import org.apache.spark.ml.regression.RandomForestRegressionModel;
import org.apache.spark.ml.tree.InternalNode;
import org.apache.spark.ml.tree.LeafNode;
import org.apache.spark.ml.tree.Node;

/**
 * Trees and forests over {@link FlatTrees}. What a classifier computes from its raw prediction is asked of a model with the same
 * params and a single leaf, so that the trees themselves need not go to the executors.
 */
final class TreeFunctions {
    private TreeFunctions() {}

    /**
     * Returns the faster form of what makes a column.
     *
     * @return the function, null if there is none
     */
    static FastFunction of(Transformer stage, String column) {
        if (stage instanceof RandomForestClassificationModel forest) {
            return classifier(
                    forest,
                    column,
                    () -> new Votes(FlatTrees.of(forest.trees(), TreeFunctions::shares)),
                    () -> stub(forest));
        } else if (stage instanceof DecisionTreeClassificationModel tree) {
            return classifier(
                    tree,
                    column,
                    () -> new Counts(FlatTrees.of(new DecisionTreeClassificationModel[] {tree}, TreeFunctions::counts)),
                    () -> stub(tree));
        } else if (stage instanceof GBTClassificationModel boosted && column.equals(boosted.getRawPredictionCol())) {
            return new Margins(FlatTrees.of(boosted.trees(), TreeFunctions::prediction), boosted.treeWeights());
        } else if (stage instanceof RandomForestRegressionModel forest && column.equals(forest.getPredictionCol())) {
            return new Mean(FlatTrees.of(forest.trees(), TreeFunctions::prediction));
        } else if (stage instanceof DecisionTreeRegressionModel tree && column.equals(tree.getPredictionCol())) {
            return new Leaf(FlatTrees.of(new DecisionTreeRegressionModel[] {tree}, TreeFunctions::prediction));
        } else if (stage instanceof GBTRegressionModel boosted && column.equals(boosted.getPredictionCol())) {
            return new Weighted(FlatTrees.of(boosted.trees(), TreeFunctions::prediction), boosted.treeWeights());
        }
        return null;
    }

    private static FastFunction classifier(
            ProbabilisticClassificationModel<Vector, ?> model,
            String column,
            java.util.function.Supplier<FastFunction> raw,
            java.util.function.Supplier<? extends ProbabilisticClassificationModel<Vector, ?>> stub) {
        if (model.getRawPredictionCol().isEmpty()) {
            return null;
        } else if (column.equals(model.getRawPredictionCol())) {
            return raw.get();
        } else if (column.equals(model.getProbabilityCol())) {
            return new Probability(stub.get());
        }
        return column.equals(model.getPredictionCol())
                ? new Prediction(stub.get(), !model.isDefined(model.thresholds()))
                : null;
    }

    private static RandomForestClassificationModel stub(RandomForestClassificationModel forest) {
        RandomForestClassificationModel stub = new RandomForestClassificationModel(
                forest.uid(),
                new DecisionTreeClassificationModel[] {leaf(forest.trees()[0])},
                forest.numFeatures(),
                forest.numClasses());
        return forest.copyValues(stub, ParamMap.empty());
    }

    private static DecisionTreeClassificationModel stub(DecisionTreeClassificationModel tree) {
        return tree.copyValues(leaf(tree), ParamMap.empty());
    }

    private static DecisionTreeClassificationModel leaf(DecisionTreeClassificationModel tree) {
        Node node = tree.rootNode();
        while (node instanceof InternalNode inner) {
            node = inner.leftChild();
        }
        return new DecisionTreeClassificationModel(tree.uid(), node, tree.numFeatures(), tree.numClasses());
    }

    private static double[] counts(LeafNode leaf) {
        return leaf.impurityStats().stats().clone();
    }

    /** Divides as a forest does for each row. */
    private static double[] shares(LeafNode leaf) {
        double[] shares = counts(leaf);
        double total = 0;
        for (double count : shares) {
            total += count;
        }
        for (int i = 0; i < shares.length && total != 0; i++) {
            shares[i] /= total;
        }
        return shares;
    }

    private static double[] prediction(LeafNode leaf) {
        return new double[] {leaf.prediction()};
    }

    /** A forest's votes. */
    private static final class Votes extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;

        Votes(FlatTrees trees) {
            this.trees = trees;
        }

        @Override
        public Object apply(Object features) {
            return Vectors.dense(trees.sums((Vector) features));
        }
    }

    /** What a single tree counted in a leaf. */
    private static final class Counts extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;

        Counts(FlatTrees trees) {
            this.trees = trees;
        }

        @Override
        public Object apply(Object features) {
            return Vectors.dense(trees.first((Vector) features));
        }
    }

    /** The margins of boosted trees, added up by the library that MLlib adds them up with. */
    private static final class Margins extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;
        private final double[] weights;

        Margins(FlatTrees trees, double[] weights) {
            this.trees = trees;
            this.weights = weights;
        }

        @Override
        public Object apply(Object features) {
            double margin = weighted(trees, weights, (Vector) features);
            return Vectors.dense(new double[] {-margin, margin});
        }
    }

    private static double weighted(FlatTrees trees, double[] weights, Vector features) {
        return BLAS$.MODULE$.nativeBLAS().ddot(trees.size(), trees.each(features), 1, weights, 1);
    }

    private static final class Weighted extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;
        private final double[] weights;

        Weighted(FlatTrees trees, double[] weights) {
            this.trees = trees;
            this.weights = weights;
        }

        @Override
        public Object apply(Object features) {
            return weighted(trees, weights, (Vector) features);
        }
    }

    private static final class Mean extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;

        Mean(FlatTrees trees) {
            this.trees = trees;
        }

        @Override
        public Object apply(Object features) {
            return trees.sums((Vector) features)[0] / trees.size();
        }
    }

    private static final class Leaf extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final FlatTrees trees;

        Leaf(FlatTrees trees) {
            this.trees = trees;
        }

        @Override
        public Object apply(Object features) {
            return trees.first((Vector) features)[0];
        }
    }

    private static final class Probability extends FastFunction {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial")
        private final ProbabilisticClassificationModel<Vector, ?> stub;

        Probability(ProbabilisticClassificationModel<Vector, ?> stub) {
            this.stub = stub;
        }

        /** Adds up without making an object of each number; sums that are no counts are left to MLlib. */
        @Override
        public Object apply(Object raw) {
            if (raw instanceof DenseVector counts) {
                double[] shares = counts.values().clone();
                double sum = 0;
                for (double count : shares) {
                    sum += count;
                }
                if (sum > 0) {
                    for (int i = 0; i < shares.length; i++) {
                        shares[i] /= sum;
                    }
                    return new DenseVector(shares);
                }
            }
            return stub.raw2probability((Vector) raw);
        }
    }

    private static final class Prediction extends FastFunction {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial")
        private final ProbabilisticClassificationModel<Vector, ?> stub;

        private final boolean isLargest;

        /** @param isLargest whether there are no thresholds, so that the prediction is the class with the largest count */
        Prediction(ProbabilisticClassificationModel<Vector, ?> stub, boolean isLargest) {
            this.stub = stub;
            this.isLargest = isLargest;
        }

        @Override
        public Object apply(Object raw) {
            Vector counts = (Vector) raw;
            return isLargest ? (double) counts.argmax() : stub.raw2prediction(counts);
        }
    }
}
