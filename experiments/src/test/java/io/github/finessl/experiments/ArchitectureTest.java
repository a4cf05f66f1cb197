package io.github.finessl.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/** The commands know the experiments, which know runs, which know options; nobody looks back. */
@AnalyzeClasses(
        packages = {
            "io.github.finessl.cli",
            "io.github.finessl.endpoint",
            "io.github.finessl.experiments",
            "io.github.finessl.studio",
            "io.github.finessl.web"
        },
        importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    private static final String ROOT = "io.github.finessl.experiments";
    private static final String STUDIO = "io.github.finessl.studio";
    private static final String ENDPOINT = "io.github.finessl.endpoint";
    private static final String WEB = "io.github.finessl.web";

    /** What servers are made of. */
    private static final String[] SERVERS = {
        WEB,
        "io.github.finessl.report",
        "io.github.finessl.io",
        "io.javalin..",
        "jakarta.servlet..",
        "org.eclipse.jetty..",
        "kotlin..",
        "com.fasterxml.jackson..",
        "org.slf4j..",
        "java.."
    };

    @ArchTest
    static final ArchRule dependenciesGoOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy("io.github.finessl.cli..")
            .layer("main")
            .definedBy(ROOT)
            .layer("tool")
            .definedBy(ROOT + ".tool..")
            .layer("evidence")
            .definedBy(ROOT + ".evidence..")
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
            .whereLayer("evidence")
            .mayOnlyBeAccessedByLayers("main")
            .whereLayer("paper")
            .mayOnlyBeAccessedByLayers("cli", "main", "evidence")
            .whereLayer("run")
            .mayOnlyBeAccessedByLayers("cli", "main", "tool", "evidence", "paper")
            .whereLayer("option")
            .mayOnlyBeAccessedByLayers("cli", "main", "tool", "evidence", "paper", "run");

    @ArchTest
    static final ArchRule experimentsDoNotKnowTheCommand = noClasses()
            .that()
            .resideInAPackage(ROOT + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.github.finessl.cli..", "picocli..");

    @ArchTest
    static final ArchRule experimentsDoNotKnowTheServers = noClasses()
            .that()
            .resideInAPackage(ROOT + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(STUDIO + "..", ENDPOINT, WEB);

    @ArchTest
    static final ArchRule whatServersShareKnowsNoneOfThem = classes()
            .that()
            .resideInAPackage(WEB)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(SERVERS);

    /** The endpoint stands on a model in use, and could be a module of its own. */
    @ArchTest
    static final ArchRule theEndpointKnowsModelsInUseAlone = classes()
            .that()
            .resideInAPackage(ENDPOINT)
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with(
                    ENDPOINT,
                    "io.github.finessl.serve",
                    "io.github.finessl.data",
                    "io.github.finessl.augment",
                    "io.prometheus.."));

    private static String[] with(String... more) {
        return Stream.concat(Stream.of(SERVERS), Stream.of(more)).toArray(String[]::new);
    }

    /** The studio could be a module of its own: it stands on the front door and on what that gives and takes. */
    @ArchTest
    static final ArchRule theStudioKnowsTheFrontDoorAlone = classes()
            .that()
            .resideInAPackage(STUDIO + "..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(with(
                    STUDIO + "..",
                    "io.github.finessl",
                    "io.github.finessl.serve",
                    "io.github.finessl.data",
                    "io.github.finessl.augment",
                    "io.github.finessl.kernel",
                    "com.samskivert..",
                    "org.apache.commons.csv.."));

    @ArchTest
    static final ArchRule thePartsOfTheStudioGoOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("studio")
            .definedBy(STUDIO)
            .layer("web")
            .definedBy(STUDIO + ".web")
            .layer("learn")
            .definedBy(STUDIO + ".learn")
            .layer("photo")
            .definedBy(STUDIO + ".photo")
            .layer("folder")
            .definedBy(STUDIO + ".folder")
            .whereLayer("studio")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("web")
            .mayOnlyBeAccessedByLayers("studio")
            .whereLayer("learn")
            .mayOnlyBeAccessedByLayers("studio", "web")
            .whereLayer("photo")
            .mayOnlyBeAccessedByLayers("studio", "web", "learn")
            .whereLayer("folder")
            .mayOnlyBeAccessedByLayers("studio", "web", "learn", "photo");
}
