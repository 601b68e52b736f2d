package io.sparkmlflow.mllib;

import java.util.List;
import java.util.Set;

/**
 * The models that go on reading their files after they were loaded, because they hold a {@code DataFrame} or an {@code RDD}
 * over them; the imputer does so in Spark 3.5. All others of MLlib have everything in memory; of other libraries' models nobody
 * knows.
 */
final class LazyModels {
    /** Some models of {@code spark.ml} have one of the older {@code spark.mllib} in them. */
    private static final String SPARK = "org.apache.spark.";

    private static final String MLLIB = "org.apache.spark.ml.";
    private static final Set<String> LAZY = Set.of(
            MLLIB + "recommendation.ALSModel",
            MLLIB + "fpm.FPGrowthModel",
            MLLIB + "feature.ImputerModel",
            MLLIB + "clustering.DistributedLDAModel");

    private LazyModels() {}

    /** Returns whether one of the stages may still read its files when it predicts. */
    static boolean isAmong(List<StageMetadata> stages) {
        return stages.stream()
                .map(StageMetadata::className)
                .anyMatch(name -> LAZY.contains(name) || !name.startsWith(SPARK));
    }
}
