package io.github.finessl.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The commands know the experiments, which know runs, which know options; nobody looks back. */
@AnalyzeClasses(
        packages = {"io.github.finessl.cli", "io.github.finessl.experiments"},
        importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.finessl.experiments";

    @ArchTest
    static final ArchRule dependenciesGoOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy("io.github.finessl.cli..")
            .layer("main")
            .definedBy(ROOT)
            .layer("tool")
            .definedBy(ROOT + ".tool..")
            .layer("paper")
            .definedBy(ROOT + ".paper..")
            .layer("run")
            .definedBy(ROOT + ".run..")
            .layer("option")
            .definedBy(ROOT + ".option..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("main")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("tool")
            .mayOnlyBeAccessedByLayers("cli", "main")
            .whereLayer("paper")
            .mayOnlyBeAccessedByLayers("cli", "main")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("cli", "main", "tool", "paper")
            .whereLayer("option")
            .mayOnlyBeAccessedByLayers("cli", "main", "tool", "paper", "run");

    @ArchTest
    static final ArchRule experimentsDoNotKnowTheCommand = noClasses()
            .that()
            .resideInAPackage(ROOT + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.github.finessl.cli..", "picocli..");
}
