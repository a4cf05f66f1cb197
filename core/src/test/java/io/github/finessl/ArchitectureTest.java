package io.github.finessl;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.github.finessl.encoder.onnx.OnnxEncoderReader;
import io.github.finessl.kernel.Activation;
import io.github.finessl.kernel.KernelChoice;

/** Which package may know which. */
@AnalyzeClasses(packages = "io.github.finessl", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.finessl.";

    @ArchTest
    static final ArchRule dependenciesGoOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("serve")
            .definedBy(ROOT + "serve..")
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
            .layer("text")
            .definedBy(ROOT + "text..")
            .layer("io")
            .definedBy(ROOT + "io..")
            .whereLayer("io")
            .mayNotAccessAnyLayer()
            .whereLayer("serve")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("train")
            .mayOnlyBeAccessedByLayers("serve")
            .whereLayer("export")
            .mayOnlyBeAccessedByLayers("serve")
            .whereLayer("model")
            .mayOnlyBeAccessedByLayers("serve", "train", "export")
            .whereLayer("ssl")
            .mayOnlyBeAccessedByLayers("serve", "train", "model")
            .whereLayer("tuning")
            .mayOnlyBeAccessedByLayers("serve", "train", "export", "model")
            .whereLayer("op")
            .mayOnlyBeAccessedByLayers("model", "ssl", "tuning")
            .whereLayer("kernel")
            .mayOnlyBeAccessedByLayers("serve", "train", "export", "model", "op", "encoder", "tuning")
            .whereLayer("encoder")
            .mayOnlyBeAccessedByLayers("serve", "train", "export", "model", "tuning")
            .whereLayer("data")
            .mayOnlyBeAccessedByLayers("serve", "train")
            .whereLayer("augment")
            .mayOnlyBeAccessedByLayers("serve", "train", "export", "data", "encoder")
            .whereLayer("text")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("serve", "train", "export");

    @ArchTest
    static final ArchRule encodersNeedOnlyTheActivationsOfKernels = noClasses()
            .that()
            .resideInAPackage(ROOT + "encoder..")
            .should()
            .dependOnClassesThat(resideInAPackage(ROOT + "kernel..").and(not(assignableTo(Activation.class))))
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule onlyTheReaderOfFilesIsPublic = classes()
            .that()
            .resideInAPackage(ROOT + "encoder.onnx")
            .and()
            .areTopLevelClasses()
            .and()
            .doNotBelongToAnyOf(OnnxEncoderReader.class)
            .should()
            .bePackagePrivate();

    @ArchTest
    static final ArchRule encodersDoNotKnowTheirFiles = noClasses()
            .that()
            .resideInAPackage(ROOT + "encoder")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "encoder.onnx");

    @ArchTest
    static final ArchRule kernelsArePickedInOnePlace = noClasses()
            .that()
            .resideInAPackage(ROOT + "kernel..")
            .and()
            .doNotBelongToAnyOf(KernelChoice.class)
            .and()
            .resideOutsideOfPackage(ROOT + "kernel.onednn")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "kernel.onednn");

    @ArchTest
    static final ArchRule backEndsDoNotKnowEachOther =
            slices().matching(ROOT + "kernel.(*)..").should().notDependOnEachOther();

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching(ROOT + "(*)..").should().beFreeOfCycles().allowEmptyShould(true);

    /** The front door stands before all rooms. */
    @ArchTest
    static final ArchRule nobodyInsideKnowsTheFrontDoor = noClasses()
            .that()
            .resideInAPackage(ROOT + "*..")
            .and()
            .resideOutsideOfPackages(ROOT + "dl4j..", ROOT + "experiments..", ROOT + "cli..", ROOT + "studio..")
            .should()
            .dependOnClassesThat(resideInAPackage("io.github.finessl"))
            .allowEmptyShould(true);

    /** Bridges to Deeplearning4j stand beside the front door. */
    @ArchTest
    static final ArchRule nobodyKnowsTheBridges = noClasses()
            .that()
            .resideOutsideOfPackage(ROOT + "dl4j..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(ROOT + "dl4j..");
}
