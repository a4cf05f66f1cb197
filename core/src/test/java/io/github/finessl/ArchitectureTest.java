package io.github.finessl;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.finessl.kernel.Activation;

/** Which package may know which. */
@AnalyzeClasses(packages = "io.github.finessl", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.finessl.";

    @ArchTest
    static final ArchRule dependenciesGoOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("train")
            .definedBy(ROOT + "train..")
            .layer("export")
            .definedBy(ROOT + "export..")
            .layer("model")
            .definedBy(ROOT + "model..")
            .layer("ssl")
            .definedBy(ROOT + "ssl..")
            .layer("tuning")
            .definedBy(ROOT + "tuning..")
            .layer("loss")
            .definedBy(ROOT + "loss..")
            .layer("op")
            .definedBy(ROOT + "op..")
            .layer("kernel")
            .definedBy(ROOT + "kernel..")
            .layer("encoder")
            .definedBy(ROOT + "encoder..")
            .layer("data")
            .definedBy(ROOT + "data..")
            .layer("augment")
            .definedBy(ROOT + "augment..")
            .layer("report")
            .definedBy(ROOT + "report..")
            .whereLayer("train")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("export")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("train", "export")
            .whereLayer("ssl")
            .mayOnlyBeAccessedByLayers("train", "model")
            .whereLayer("tuning")
            .mayOnlyBeAccessedByLayers("train", "export", "model")
            .whereLayer("loss")
            .mayOnlyBeAccessedByLayers("ssl")
            .whereLayer("op")
            .mayOnlyBeAccessedByLayers("model", "loss", "tuning")
            .whereLayer("kernel")
            .mayOnlyBeAccessedByLayers("train", "export", "model", "op", "encoder", "tuning")
            .whereLayer("encoder")
            .mayOnlyBeAccessedByLayers("train", "export", "model", "tuning")
            .whereLayer("data")
            .mayOnlyBeAccessedByLayers("train")
            .whereLayer("augment")
            .mayOnlyBeAccessedByLayers("train", "export", "data")
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("train", "export");

    @ArchTest
    static final ArchRule encodersNeedOnlyTheActivationsOfKernels = noClasses()
            .that()
            .resideInAPackage(ROOT + "encoder..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + "kernel..").and(not(assignableTo(Activation.class))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles().allowEmptyShould(true);
}
