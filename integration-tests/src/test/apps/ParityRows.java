import java.sql.Date;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/** Made-up customers: the same rows for the same seed on every Spark. */
final class ParityRows {
    static final StructType SCHEMA = StructType.fromDDL("id BIGINT, plan STRING, city STRING, age INT, income DOUBLE,"
                    + " debt FLOAT, visits BIGINT, active BOOLEAN, text STRING, items ARRAY<STRING>, joined DATE,"
                    + " churned STRING, label DOUBLE, amount DOUBLE, days DOUBLE, censor DOUBLE")
            .add("v", SQLDataTypes.VectorType())
            .add("w", SQLDataTypes.VectorType());

    private static final String[] PLANS = {"basic", "plus", "pro"};
    private static final String[] CITIES = {"Ulm", "Graz", "Bern", "Lyon"};
    private static final String[] WORDS = {"the", "slow", "good", "cheap", "broken", "fine", "line", "again", "a-b"};
    private static final String[] ITEMS = {"milk", "bread", "salt", "tea", "rice"};

    private final Random random;
    private final boolean odd;

    private ParityRows(long seed, boolean odd) {
        this.random = new Random(seed);
        this.odd = odd;
    }

    /**
     * Makes customers.
     *
     * @param odd whether some have nulls, NaNs, values that nobody has seen, empty strings, and vectors of extremes
     */
    static List<Row> make(long seed, int count, boolean odd) {
        ParityRows rows = new ParityRows(seed, odd);
        List<Row> made = new ArrayList<>();
        for (long id = 0; id < count; id++) {
            made.add(rows.row(id));
        }
        return made;
    }

    private Row row(long id) {
        String plan = pick(PLANS);
        int age = 18 + random.nextInt(60);
        double income = Math.rint(random.nextGaussian() * 1000) / 100;
        float debt = random.nextFloat();
        double[] values = {random.nextGaussian(), random.nextInt(3), random.nextInt(2) * random.nextDouble()};
        Vector dense = Vectors.dense(values);
        Vector vector = random.nextBoolean() ? dense : dense.toSparse();
        boolean leaves = income + age / 10.0 + (plan.equals("pro") ? 3 : 0) + random.nextGaussian() > 5;
        return RowFactory.create(
                id,
                orOdd(plan, null, "gold", ""),
                orOdd(pick(CITIES), null, "Rome", "Ulm ", ""),
                orOdd(age, null, 0, -1, Integer.MAX_VALUE),
                orOdd(income, null, Double.NaN, -0.0, Double.NEGATIVE_INFINITY, Double.MIN_VALUE),
                orOdd(debt, null, Float.NaN, 0f, Float.MAX_VALUE),
                orOdd((long) random.nextInt(8), null, 0L, Long.MAX_VALUE),
                orOdd(random.nextBoolean(), (Boolean) null),
                orOdd(text(), null, "", " ", "ünknown the", "\t\u00a0x"),
                orOdd(items(), null, List.of(), List.of("saffron"), List.of("tea", "tea")),
                orOdd(Date.valueOf(LocalDate.of(2020, 1, 1).plusDays(random.nextInt(1500))), (Date) null),
                orOdd(leaves ? "yes" : "no", null, "maybe", ""),
                leaves ? 1.0 : 0.0,
                income * 2 + debt + 40,
                1 + Math.rint(random.nextDouble() * 1000) / 10,
                (double) random.nextInt(2),
                orOdd(
                        vector,
                        Vectors.zeros(3),
                        Vectors.sparse(3, new int[] {1}, new double[] {-2}),
                        Vectors.sparse(3, new int[] {0, 2}, new double[] {0.0, 7}),
                        Vectors.dense(-0.0, 99, 1e300),
                        Vectors.dense(Double.NaN, 1, 0)),
                orOdd(vector, null, Vectors.dense(1, 2), Vectors.sparse(3, new int[0], new double[0])));
    }

    private String text() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= 1 + random.nextInt(5); i++) {
            text.append(pick(WORDS)).append(' ');
        }
        return text.toString().strip();
    }

    private List<String> items() {
        Set<String> items = new LinkedHashSet<>();
        for (int i = 0; i <= random.nextInt(4); i++) {
            items.add(pick(ITEMS));
        }
        return List.copyOf(items);
    }

    private Object orOdd(Object usual, Object... others) {
        Object other = others == null ? null : others[random.nextInt(others.length)];
        return random.nextInt(6) == 0 && odd ? other : usual;
    }

    private String pick(String[] values) {
        return values[random.nextInt(values.length)];
    }
}
