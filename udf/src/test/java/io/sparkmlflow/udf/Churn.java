package io.sparkmlflow.udf;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** Made-up customers: rows to learn from, and rows to score with nulls, NaNs and values that nobody has seen. */
final class Churn {
    static final StructType SCHEMA = StructType.fromDDL("id INT, plan STRING, city STRING, age INT, income DOUBLE, "
            + "debt FLOAT, text STRING, churned STRING, amount DOUBLE");

    private static final String[] PLANS = {"basic", "plus", "pro"};
    private static final String[] CITIES = {"Ulm", "Graz", "Bern", "Lyon"};
    private static final String[] WORDS = {"the", "slow", "good", "cheap", "broken", "fine", "line", "again"};

    private Churn() {}

    static Dataset<Row> training() {
        return SharedSpark.frame(SCHEMA, rows(80, 7));
    }

    /** Rows without surprises. */
    static Dataset<Row> clean() {
        return SharedSpark.frame(SCHEMA, rows(30, 11));
    }

    /** Rows of which each surprises in one way. */
    static Dataset<Row> surprising() {
        List<Row> rows = new ArrayList<>(rows(12, 13));
        rows.add(RowFactory.create(100, null, "Ulm", 30, 5.0, 1.0f, "good line", "yes", 1.0));
        rows.add(RowFactory.create(101, "gold", "Ulm", 30, 5.0, 1.0f, "good line", "no", 1.0));
        rows.add(RowFactory.create(102, "pro", null, 30, 5.0, 1.0f, "good line", "no", 1.0));
        rows.add(RowFactory.create(103, "pro", "Rome", 30, 5.0, 1.0f, "", "no", 1.0));
        rows.add(RowFactory.create(104, "pro", "Ulm", null, 5.0, 1.0f, "good line", "no", 1.0));
        rows.add(RowFactory.create(105, "pro", "Ulm", 30, null, 1.0f, "good line", "no", 1.0));
        rows.add(RowFactory.create(106, "pro", "Ulm", 30, Double.NaN, 1.0f, "good line", "no", 1.0));
        rows.add(RowFactory.create(107, "pro", "Ulm", 30, 5.0, Float.NaN, "good line", "no", 1.0));
        rows.add(RowFactory.create(108, "pro", "Ulm", 30, -0.0, null, "good line", "maybe", null));
        rows.add(RowFactory.create(109, "pro", "Ulm", 30, Double.POSITIVE_INFINITY, 1.0f, "x y z", null, 1.0));
        return SharedSpark.frame(SCHEMA, rows);
    }

    private static List<Row> rows(int count, long seed) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String plan = PLANS[random.nextInt(PLANS.length)];
            int age = 18 + random.nextInt(60);
            double income = Math.rint(random.nextGaussian() * 1000) / 100;
            float debt = random.nextFloat();
            String text = WORDS[random.nextInt(WORDS.length)] + " " + WORDS[random.nextInt(WORDS.length)] + " "
                    + WORDS[random.nextInt(WORDS.length)];
            boolean churns = income + age / 10.0 + (plan.equals("pro") ? 3 : 0) + random.nextGaussian() > 5;
            rows.add(RowFactory.create(
                    i,
                    plan,
                    CITIES[random.nextInt(CITIES.length)],
                    age,
                    income,
                    debt,
                    text,
                    churns ? "yes" : "no",
                    income * 2 + debt));
        }
        return rows;
    }
}
