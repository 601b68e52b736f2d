package io.sparkmlflow.udf;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.ClassificationModel;
import org.apache.spark.ml.classification.LinearSVCModel;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.BLAS$;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;

/** The raw predictions of linear models of two classes, which MLlib puts together by way of a sequence of objects. */
final class LinearFunctions {
    private LinearFunctions() {}

    /**
     * Returns the faster form of what makes a column.
     *
     * @return the function, null if there is none
     */
    static FastFunction of(Transformer stage, String column) {
        if (stage instanceof LogisticRegressionModel model
                && model.coefficientMatrix().numRows() == 1
                && column.equals(model.getRawPredictionCol())) {
            return Margins.of(model, model.coefficients(), model.intercept());
        } else if (stage instanceof LinearSVCModel model && column.equals(model.getRawPredictionCol())) {
            return Margins.of(model, model.coefficients(), model.intercept());
        }
        return null;
    }

    private static final class Margins extends FastFunction {
        private static final long serialVersionUID = 1L;

        private final Vector coefficients;
        private final double intercept;

        private Margins(Vector coefficients, double intercept) {
            this.coefficients = coefficients;
            this.intercept = intercept;
        }

        /** Asks the model whether it computes the same; null if it doesn't. */
        static Margins of(ClassificationModel<Vector, ?> model, Vector coefficients, double intercept) {
            Margins margins = new Margins(coefficients, intercept);
            return probes(coefficients.size()).stream()
                            .allMatch(probe -> margins.apply(probe).equals(model.predictRaw(probe)))
                    ? margins
                    : null;
        }

        private static List<Vector> probes(int size) {
            double[] values = new double[size];
            for (int i = 0; i < size; i++) {
                values[i] = (i % 2 == 0 ? 1 : -1) / (i + 3.0);
            }
            double[] halves = new double[size];
            Arrays.setAll(halves, i -> i % 3 == 0 ? 0 : values[i]);
            return List.of(Vectors.dense(values), new DenseVector(halves).toSparse());
        }

        @Override
        public Object apply(Object features) {
            double margin = BLAS$.MODULE$.dot((Vector) features, coefficients) + intercept;
            return new DenseVector(new double[] {-margin, margin});
        }
    }
}
