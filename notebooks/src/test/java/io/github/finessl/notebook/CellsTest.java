package io.github.finessl.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CellsTest {
    private static final String BEGUN = "finessl.cell.begun";

    private final Cells cells = new Cells();

    @AfterEach
    void close() {
        cells.close();
    }

    @Test
    void whatACellDeclaresStays() throws Exception {
        cells.eval(1, """
                import java.time.Year;

                record Age(int years) {}
                int base = 2; Age of(Year born) {
                    return new Age(base + Year.of(2020).getValue() - born.getValue());
                }""");
        cells.eval(2, "base = 0");
        assertThat(cells.eval(3, "of(Year.of(2000)).years()")).contains(20);
    }

    @Test
    void theLastExpressionIsTheCellsWorth() throws Exception {
        assertThat(cells.eval(1, "1 + 1;\n2 + 2")).contains(4);
        assertThat(cells.eval(2, "int x = 5;\n\nx // said once more\n")).contains(5);
        assertThat(cells.eval(3, "List.of(1, 2).stream().map(i -> i * i)\n    .toList()"))
                .contains(List.of(1, 4));
        assertThat(cells.eval(4, "x + 1;")).as("a semicolon hides it").isEmpty();
        assertThat(cells.eval(5, "int y = 3;")).isEmpty();
        assertThat(cells.eval(6, "x;\nint z = 3;")).as("not the last").isEmpty();
        assertThat(cells.eval(7, "(Object) null")).isEmpty();
        assertThat(cells.eval(8, " \n// nothing\n")).isEmpty();
    }

    @Test
    void snippetsAreObjectsOfThisJvm() throws Exception {
        Object found = cells.eval(1, "ProcessHandle.current().pid()").orElseThrow();
        assertThat(found).isEqualTo(ProcessHandle.current().pid());
    }

    @Test
    void whatIsNotJavaIsShownWhereItIs() {
        assertThatExceptionOfType(CellException.class)
                .isThrownBy(() -> cells.eval(7, "// first\n\nint a = 1;\nint b =\n    \"text\";"))
                .withMessageStartingWith("cell 7, line 5: incompatible types:")
                .withMessageEndingWith("\n        \"text\";\n        ^");
        assertThatThrownBy(() -> cells.eval(1, "a\nfoo("))
                .hasMessageStartingWith("cell 1, line 2: reached end of file while parsing\n");
        assertThatThrownBy(() -> cells.eval(1, "}")).isInstanceOf(CellException.class);
        assertThatThrownBy(() -> cells.eval(1, "new Nowhere()")).hasMessageContaining("class Nowhere");
    }

    @Test
    void theStatementsBeforeTheWrongOneAreDone() throws Exception {
        assertThatThrownBy(() -> cells.eval(1, "int a = 8;\nint b = nothing;")).isInstanceOf(CellException.class);
        assertThat(cells.eval(2, "a")).contains(8);
    }

    @Test
    void methodsMayCallThoseBelowInTheCellButNoneThatIsNowhere() throws Exception {
        assertThat(cells.eval(1, "int a() { return b(); }\nint b() { return 3; }\na()"))
                .contains(3);
        assertThatThrownBy(() -> cells.eval(2, "\nint c() { return d(); }"))
                .isInstanceOf(CellException.class)
                .hasMessage("cell 2, line 2: not declared: method d()");
        assertThatThrownBy(() -> cells.eval(3, "c()")).hasMessage("cell 2, line 2: not declared: method d()");
    }

    @Test
    void whatACellThrowsComesOutWithTheCellsLines() throws Exception {
        cells.eval(4, "void fail(int x) throws IOException {\n    throw new IOException(\"at \" + x);\n}");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> cells.eval(5, "int x = 1;\n\n// now\nfail(x)"))
                .withMessage("at 1")
                .satisfies(e -> assertThat(e.getStackTrace())
                        .extracting(StackTraceElement::toString)
                        .containsExactly("notebook.fail(cell 4:2)", "notebook.main(cell 5:4)"));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> cells.eval(6, "throw new StackOverflowError(\"deep\")"))
                .withMessage("java.lang.StackOverflowError: deep")
                .withCauseInstanceOf(StackOverflowError.class);
        assertThat(cells.eval(7, "x")).as("all goes on").contains(1);
    }

    @Test
    void aWaitingCellIsInterruptedAtOnce() throws Exception {
        CompletableFuture<Object> cell = running("Thread.sleep(60_000);");
        cells.interrupt();
        assertThatThrownBy(() -> cell.get(5, TimeUnit.SECONDS)).hasRootCauseInstanceOf(InterruptedException.class);
        assertThat(cells.eval(2, "1")).contains(1);
    }

    @Test
    void anEndlessCellIsStoppedTheSecondTime() throws Exception {
        CompletableFuture<Object> cell = running("long i = 0; while (i >= 0) { i++; i--; }");
        cells.interrupt();
        assertThatThrownBy(() -> cell.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        cells.interrupt();
        assertThatThrownBy(() -> cell.get(5, TimeUnit.SECONDS)).hasRootCauseInstanceOf(InterruptedException.class);
        assertThat(cells.eval(2, "1")).contains(1);
    }

    @Test
    void anInterruptBetweenCellsDoesNothing() throws Exception {
        cells.interrupt();
        assertThat(cells.eval(1, "Thread.sleep(1);\n\"done\"")).contains("done");
    }

    @Test
    void completesWhatStandsBeforeTheCursor() throws Exception {
        cells.eval(1, "String word = \"a\";");
        String cell = "int one = 1;\nword.toUp";
        Cells.Completions completions = cells.complete(cell + "\nint two", cell.length());
        assertThat(completions.endings()).contains("toUpperCase(");
        assertThat(completions.begin()).isEqualTo(cell.indexOf("toUp"));
        assertThat(cells.signatures("int one;\nword.charAt(", 21)).containsExactly("char String.charAt(int index)");
    }

    /** A cell with a statement that has begun. */
    private CompletableFuture<Object> running(String statement) throws InterruptedException {
        System.clearProperty(BEGUN);
        CompletableFuture<Object> cell = CompletableFuture.supplyAsync(() -> {
            try {
                return cells.eval(1, "{ System.setProperty(\"" + BEGUN + "\", \"\"); " + statement + " }");
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
        while (System.getProperty(BEGUN) == null) {
            Thread.sleep(10);
        }
        return cell;
    }
}
