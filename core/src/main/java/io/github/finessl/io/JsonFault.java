package io.github.finessl.io;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;

/** The reason why JSON cannot be read, for a sentence. */
public final class JsonFault {

    private JsonFault() {}

    /** The innermost reason, in one line without a note of where in the program it was read. */
    public static String reason(JsonProcessingException fault) {
        JsonProcessingException innermost = fault;
        while (innermost.getCause() instanceof JsonProcessingException cause) {
            innermost = cause;
        }
        if (innermost instanceof JsonEOFException) { // whose message has such a note inside
            return "it ends too early";
        }
        String reason = innermost instanceof ValueInstantiationException && innermost.getCause() != null
                ? innermost.getCause().getMessage()
                : innermost.getOriginalMessage();
        return reason.lines().findFirst().orElse("");
    }
}
