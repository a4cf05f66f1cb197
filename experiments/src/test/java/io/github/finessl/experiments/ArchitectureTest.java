package io.github.finessl.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The command knows the experiments, which do not know it. */
@AnalyzeClasses(
        packages = {"io.github.finessl.cli", "io.github.finessl.experiments"},
        importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule experimentsDoNotKnowTheCommand = noClasses()
            .that()
            .resideInAPackage("io.github.finessl.experiments..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.github.finessl.cli..", "picocli..");
}
