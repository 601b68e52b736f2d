/**
 * Runs the example program again and again in one JVM: with the listener and one tracking store after the other, and then
 * without it.
 *
 * <p>Arguments: the two tables, then for each time with the listener a tracking URI and a folder for the spool.
 */
public final class ManyStores {
    private ManyStores() {}

    public static void main(String[] args) {
        for (int i = 2; i < args.length; i += 2) {
            System.setProperty("spark.mlflow.trackingUri", args[i]);
            System.setProperty("spark.mlflow.spool", args[i + 1]);
            train(args);
        }
        System.clearProperty("spark.extraListeners");
        train(args);
    }

    private static void train(String[] args) {
        TrainBreastCancer.main(new String[] {args[0], args[1]});
        System.out.println("--");
    }
}
