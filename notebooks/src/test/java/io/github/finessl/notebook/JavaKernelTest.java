package io.github.finessl.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.spencerpark.jupyter.kernel.ReplacementOptions;
import io.github.spencerpark.jupyter.kernel.display.DisplayData;
import io.github.spencerpark.jupyter.kernel.display.mime.MIMEType;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.imageio.ImageIO;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavaKernelTest {
    private final JavaKernel kernel = new JavaKernel();

    @AfterEach
    void close() {
        kernel.close();
    }

    @Test
    void showsWhatACellIsWorth() throws Exception {
        assertThat(text(kernel.eval("\"a\" + 1"))).isEqualTo("a1");
        assertThat(text(kernel.eval("new double[][] {{1}, {2, 3}}[1]"))).isEqualTo("double[2] { 2.0, 3.0 }");
        assertThat(text(kernel.eval("Map.of(1, true)"))).isEqualTo("{1=true}");
        assertThat(kernel.eval("int x = 1;")).isNull();
    }

    @Test
    void showsAnImageAsAWholePng() throws Exception {
        DisplayData shown = kernel.eval("""
                import java.awt.image.BufferedImage;
                var image = new BufferedImage(31, 20, BufferedImage.TYPE_INT_RGB);
                image.setRGB(30, 19, 0x123456);
                image""");
        byte[] png = Base64.getDecoder().decode((String) shown.getData(MIMEType.IMAGE_PNG));
        assertThat(png).as("the last chunk and its checksum").endsWith('I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82);
        BufferedImage read = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(read.getWidth()).isEqualTo(31);
        assertThat(read.getRGB(30, 19)).isEqualTo(0xFF123456);
        assertThat(text(shown)).isEqualTo("image, 31 x 20");
    }

    @Test
    void showsWhatACellRenderedItself() throws Exception {
        DisplayData shown = kernel.eval("""
                var table = new io.github.spencerpark.jupyter.kernel.display.DisplayData("plain");
                table.putMarkdown("**bold**");
                table""");
        assertThat(shown.getData(MIMEType.TEXT_MARKDOWN)).isEqualTo("**bold**");
    }

    @Test
    void takesClassesFromJarsAndFolders(@TempDir Path folder) throws Exception {
        Path classes = Files.createDirectory(folder.resolve("with space"));
        compile(classes, "package one; public class One { public static int value() { return 1; } }", "One");
        Path jars = Files.createDirectory(folder.resolve("jars"));
        compile(
                folder,
                "package two; public class Two { public static int value() { return one.One.value() + 1; } }",
                "Two",
                classes);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(jars.resolve("two-1.jar")))) {
            jar.putNextEntry(new JarEntry("two/Two.class"));
            Files.copy(folder.resolve("two/Two.class"), jar);
        }
        assertThatThrownBy(() -> kernel.eval("one.One.value()")).isInstanceOf(CellException.class);
        assertThat(kernel.eval("%classpath \"" + classes + "/\"\n\n%jars " + jars + "/*.jar"))
                .isNull();
        assertThat(text(kernel.eval("two.Two.value()"))).isEqualTo("2");
        assertThat(text(kernel.eval("Thread.currentThread().getContextClassLoader().loadClass(\"two.Two\")")))
                .as("services are looked up by it")
                .isEqualTo("class two.Two");
    }

    @Test
    void saysWhatIsWrongWithAMagic(@TempDir Path folder) {
        assertThatThrownBy(() -> kernel.eval("%jars " + folder + "/*.jar"))
                .hasMessage(
                        "%%jars finds no %s/*.jar in %s", folder, Path.of("").toAbsolutePath());
        assertThatThrownBy(() -> kernel.eval("%classpath " + folder + "/none/"))
                .hasMessageStartingWith("%classpath finds no ");
        assertThatThrownBy(() -> kernel.eval("%maven a:b:1"))
                .hasMessage("%maven is not known here; %jars and %classpath are.");
        assertThatThrownBy(() -> kernel.eval("%classpath " + folder + "/\nint x = 1;"))
                .hasMessage("Magics stand in cells of their own, without this: int x = 1;");
    }

    @Test
    void errorsAreShownWithTheirPlaceAlone() throws Exception {
        assertThat(shown("int x = 1;\nint y = \"a\";"))
                .containsExactly(
                        "cell 0, line 2: incompatible types: java.lang.String cannot be converted to int",
                        "    int y = \"a\";",
                        "            ^");
        assertThat(shown("throw new IllegalStateException(\"no\")"))
                .endsWith("java.lang.IllegalStateException: no", "\tat notebook.main(cell 0:1)");
    }

    @Test
    void completesAndInspects() throws Exception {
        ReplacementOptions options = kernel.complete("List.o", 6);
        assertThat(options.getReplacements()).contains("of(");
        assertThat(options.getSourceStart()).isEqualTo(5);
        assertThat(text(kernel.inspect("Math.hypot(", 11, false))).isEqualTo("double Math.hypot(double x, double y)");
        assertThat(kernel.inspect("1 +", 3, false)).isNull();
    }

    private List<String> shown(String cell) {
        try {
            return List.of(String.valueOf(kernel.eval(cell)));
        } catch (Exception e) {
            return kernel.formatError(e).stream()
                    .map(line -> line.replaceAll("\u001b\\[\\d+m", ""))
                    .toList();
        }
    }

    private static String text(DisplayData shown) {
        return (String) shown.getData(MIMEType.TEXT_PLAIN);
    }

    private static void compile(Path into, String source, String name, Path... classPath) throws IOException {
        Path file = Files.writeString(into.resolve(name + ".java"), source);
        String[] arguments = classPath.length == 0
                ? new String[] {"-d", into.toString(), file.toString()}
                : new String[] {"-d", into.toString(), "-cp", classPath[0].toString(), file.toString()};
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments))
                .isZero();
    }
}
