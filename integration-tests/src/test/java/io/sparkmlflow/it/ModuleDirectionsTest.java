package io.sparkmlflow.it;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The directions in which modules may depend on each other: {@code docs/architecture.md}. */
class ModuleDirectionsTest {
    @Test
    void coreKnowsNeitherSparkNorScala() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.apache.spark..", "scala.."))
                .check(classesOf("core"));
    }

    @Test
    void oneClassOfCoreKnowsHadoop() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName("io.sparkmlflow.artifacts.HadoopArtifactStore")
                .should()
                .dependOnClassesThat(resideInAnyPackage("org.apache.hadoop.."))
                .check(classesOf("core"));
    }

    @Test
    void coreKnowsNoOtherModule() {
        forbid("core", "mllib-flavor");
        forbid("core", "spark-listener");
        forbid("core", "udf");
    }

    @Test
    void theFlavorKnowsNeitherListenerNorUdf() {
        forbid("mllib-flavor", "spark-listener");
        forbid("mllib-flavor", "udf");
    }

    @Test
    void theListenerDoesNotKnowTheUdf() {
        forbid("spark-listener", "udf");
    }

    @Test
    void theUdfDoesNotKnowTheListener() {
        forbid("udf", "spark-listener");
    }

    private static void forbid(String module, String other) {
        Set<String> names = classesOf(other).stream().map(JavaClass::getName).collect(Collectors.toSet());
        DescribedPredicate<JavaClass> inOther =
                DescribedPredicate.describe("are in " + other, type -> names.contains(type.getName()));
        noClasses().should().dependOnClassesThat(inOther).allowEmptyShould(true).check(classesOf(module));
    }

    private static JavaClasses classesOf(String module) {
        Path classes = Checkout.root().resolve(module).resolve(Checkout.property("it.classes"));
        return new ClassFileImporter().importPath(classes);
    }
}
