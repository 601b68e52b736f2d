package io.sparkmlflow.mllib;

import java.util.List;
import java.util.Set;

/**
 * The models that go on reading their files after they were loaded, because they hold a {@code DataFrame} or an {@code RDD}
 * over them. All others of MLlib have everything in memory; of other libraries' models nobody knows.
 */
final class LazyModels {
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
                .anyMatch(name -> LAZY.contains(name) || !name.startsWith(MLLIB));
    }
}
