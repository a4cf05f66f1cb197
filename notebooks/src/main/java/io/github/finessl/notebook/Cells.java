package io.github.finessl.notebook;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.DeclarationSnippet;
import jdk.jshell.Diag;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;
import jdk.jshell.UnresolvedReferenceException;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/** The Java interpreter of one notebook, which evaluates its cells one after the other in this JVM. */
final class Cells implements AutoCloseable {

    /** The packages that cells need not import, as in JShell's tool and IJava. */
    private static final List<String> IMPORTED = List.of(
            "java.io",
            "java.math",
            "java.net",
            "java.nio.file",
            "java.util",
            "java.util.concurrent",
            "java.util.function",
            "java.util.prefs",
            "java.util.regex",
            "java.util.stream");

    private final CellExecution execution = new CellExecution();
    private final JShell shell;
    private final SourceCodeAnalysis analysis;

    /** The place where each snippet begins, by JShell's name of it. */
    private final Map<String, Place> places = new HashMap<>();

    /** A line of a cell, both counted from 1. */
    private record Place(int cell, int line) {
        @Override
        public String toString() {
            return "cell %d, line %d".formatted(cell, line);
        }
    }

    /** A provider that makes JShell run snippets in {@code execution}. */
    private record InThisJvm(CellExecution execution) implements ExecutionControlProvider {
        @Override
        public String name() {
            return "cells";
        }

        @Override
        public ExecutionControl generate(ExecutionEnv environment, Map<String, String> parameters) {
            return execution;
        }
    }

    Cells() {
        shell = JShell.builder()
                .executionEngine(new InThisJvm(execution), Map.of())
                .build();
        analysis = shell.sourceCodeAnalysis();
        IMPORTED.forEach(name -> shell.eval("import " + name + ".*;"));
    }

    /** Adds jars and folders of classes to the class path, separated as in any class path. */
    void addToClassPath(String paths) {
        shell.addToClasspath(paths);
    }

    /**
     * Evaluates a cell's statements in their order, up to the first one that fails.
     *
     * @param cell number of the cell, for errors
     * @return the value of the last statement, where it is an expression that no semicolon ends
     * @throws CellException if a statement is not Java or uses what is not declared by the cell's end
     * @throws InterruptedException if a statement ended because of {@link #interrupt}
     * @throws Exception what a statement threw; an {@link ExecutionException} around what is not an exception
     */
    Optional<Object> eval(int cell, String source) throws Exception {
        Optional<Object> last = Optional.empty();
        List<DeclarationSnippet> declared = new ArrayList<>();
        String rest = source.stripLeading();
        while (!rest.isEmpty()) {
            int line = 1
                    + (int) source.substring(0, source.length() - rest.length())
                            .chars()
                            .filter(letter -> letter == '\n')
                            .count();
            CompletionInfo info = analysis.analyzeCompletion(rest);
            // The compiler says what an incomplete statement lacks.
            boolean complete = info.completeness().isComplete();
            String statement = complete ? info.source() : rest;
            last = Optional.empty();
            for (SnippetEvent event : shell.eval(statement)) {
                if (event.causeSnippet() == null) {
                    places.put(event.snippet().id(), new Place(cell, line));
                    check(event, statement);
                    last = worth(event.snippet(), statement);
                    if (event.snippet() instanceof DeclarationSnippet declaration) {
                        declared.add(declaration);
                    }
                }
            }
            rest = complete ? info.remaining().stripLeading() : "";
        }
        checkResolved(declared);
        return last;
    }

    private void check(SnippetEvent event, String statement) throws Exception {
        if (event.status() == Snippet.Status.REJECTED) {
            throw new CellException(shell.diagnostics(event.snippet())
                    .filter(Diag::isError)
                    .map(error ->
                            problem(error, statement, places.get(event.snippet().id())))
                    .collect(Collectors.joining("\n")));
        }
        if (event.exception() instanceof UnresolvedReferenceException e) {
            checkResolved(List.of(e.getSnippet()));
        } else if (event.exception() != null) {
            throw failure(event.exception());
        }
    }

    /** The text of a compiler's problem: its place and message, the line, and a mark below it. */
    private static String problem(Diag error, String statement, Place begin) {
        int at = Math.min((int) error.getPosition(), statement.length());
        int lineBegin = 1 + statement.lastIndexOf('\n', at - 1);
        String line = statement.substring(lineBegin).lines().findFirst().orElse("");
        int lines = (int) statement.substring(0, lineBegin).lines().count();
        return String.join(
                "\n",
                new Place(begin.cell(), begin.line() + lines) + ": " + error.getMessage(null),
                "    " + line,
                " ".repeat(4 + at - lineBegin) + "^");
    }

    private void checkResolved(List<DeclarationSnippet> declared) throws CellException {
        String problems = declared.stream()
                .filter(snippet -> shell.status(snippet) == Snippet.Status.RECOVERABLE_DEFINED
                        || shell.status(snippet) == Snippet.Status.RECOVERABLE_NOT_DEFINED)
                .map(snippet -> places.get(snippet.id()) + ": not declared: "
                        + shell.unresolvedDependencies(snippet).collect(Collectors.joining(", ")))
                .collect(Collectors.joining("\n"));
        if (!problems.isEmpty()) {
            throw new CellException(problems);
        }
    }

    /** The exception that a cell threw, with its stack down to the cell and the cells' own line numbers. */
    private Exception failure(JShellException told) {
        if (execution.interrupted()) {
            return new InterruptedException("The cell was interrupted.");
        }
        Throwable thrown = execution.thrown();
        Throwable each = thrown;
        for (Throwable same = told; each != null && same != null; each = each.getCause(), same = same.getCause()) {
            each.setStackTrace(Stream.of(same.getStackTrace()).map(this::inCell).toArray(StackTraceElement[]::new));
        }
        if (thrown instanceof Exception exception) {
            return exception;
        }
        Exception error = new ExecutionException(thrown);
        error.setStackTrace(new StackTraceElement[0]);
        return error;
    }

    /** The stack frame with the cell's line, where JShell says {@code #12:3} for line 3 of snippet 12. */
    private StackTraceElement inCell(StackTraceElement frame) {
        String file = frame.getFileName();
        if (file == null || !file.startsWith("#") || !places.containsKey(file.substring(1))) {
            return frame;
        }
        Place begin = places.get(file.substring(1));
        return new StackTraceElement(
                frame.getClassName().isEmpty() ? "notebook" : frame.getClassName(),
                frame.getMethodName().isEmpty() ? "main" : frame.getMethodName(),
                "cell " + begin.cell(),
                begin.line() + frame.getLineNumber() - 1);
    }

    private Optional<Object> worth(Snippet snippet, String statement) {
        return switch (snippet.subKind()) {
            case VAR_VALUE_SUBKIND, TEMP_VAR_EXPRESSION_SUBKIND, OTHER_EXPRESSION_SUBKIND ->
                Optional.ofNullable(execution.value())
                        .filter(value -> !statement.stripTrailing().endsWith(";"));
            default -> Optional.empty();
        };
    }

    /** Ends the running statement: at once if it waits for something, else at the second call. */
    void interrupt() {
        execution.interrupt();
    }

    /** The possible endings of the word before the cursor, and where the word begins. */
    record Completions(List<String> endings, int begin) {}

    Completions complete(String source, int cursor) {
        int begin = statementAt(source, cursor);
        int[] anchor = new int[1];
        List<String> endings =
                analysis.completionSuggestions(source.substring(begin, cursor), cursor - begin, anchor).stream()
                        .map(SourceCodeAnalysis.Suggestion::continuation)
                        .distinct()
                        .toList();
        return new Completions(endings, begin + anchor[0]);
    }

    /** The signatures of the methods that the call around the cursor, or the name before it, can mean. */
    List<String> signatures(String source, int cursor) {
        int begin = statementAt(source, cursor);
        return analysis.documentation(source.substring(begin), cursor - begin, false).stream()
                .map(SourceCodeAnalysis.Documentation::signature)
                .distinct()
                .toList();
    }

    /** The position at which the statement around the cursor begins. */
    private int statementAt(String source, int cursor) {
        String rest = source.substring(0, cursor);
        CompletionInfo info = analysis.analyzeCompletion(rest);
        while (info.completeness().isComplete() && !info.remaining().isBlank()) {
            rest = info.remaining();
            info = analysis.analyzeCompletion(rest);
        }
        return cursor - rest.length();
    }

    @Override
    public void close() {
        shell.close();
    }
}
