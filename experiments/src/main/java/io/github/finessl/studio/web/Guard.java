package io.github.finessl.studio.web;

import io.github.finessl.web.Refused;
import io.github.finessl.web.Senders;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/**
 * The checks that each request must pass before anything is done with it.
 *
 * <ul>
 *   <li>{@code Host} is this server's address, by which names of others that lead here (DNS rebinding) are found out.
 *   <li>What writes is a POST, with this server's {@code Origin} and a content type that no form of another site can send.
 *   <li>What is under {@code /api/} has the cookie that the token from the terminal was exchanged for.
 * </ul>
 *
 * <p>A token is 256 random bits, new at each start; so is the cookie's value.
 */
final class Guard {

    /** The path where the token is exchanged for the cookie. */
    static final String SESSION = "/api/session";

    /** The path that takes a photo rather than JSON. */
    static final String TRY = "/api/try";

    private static final String API = "/api/";
    private static final String JSON = "application/json";
    private static final String BYTES = "application/octet-stream";
    private static final int SECRET_BYTES = 32;

    private static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
                    + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options",
            "nosniff",
            "X-Frame-Options",
            "DENY",
            "Referrer-Policy",
            "no-referrer",
            "Cross-Origin-Opener-Policy",
            "same-origin",
            "Cross-Origin-Resource-Policy",
            "same-origin",
            "Permissions-Policy",
            "camera=(), microphone=(), geolocation=()");

    private final String token = secret();
    private final String session = secret();
    private volatile int port;

    private static String secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The token for the URL's fragment, which browsers do not send. */
    String token() {
        return token;
    }

    /** Tells on which port the server listens; until then nothing passes. */
    void listensOn(int number) {
        port = number;
    }

    /**
     * Checks a request.
     *
     * @throws Refused if it must not be carried out
     */
    void check(Context request) {
        HEADERS.forEach(request::header);
        String host =
                Senders.requireHost(request, port == 0 ? Set.of() : Set.of("127.0.0.1:" + port, "localhost:" + port));
        boolean api = request.path().startsWith(API);
        if (api) {
            Senders.requireNoOtherSite(request, "Only the studio's own pages may ask for this.");
        }
        switch (request.req().getMethod()) {
            case "GET", "HEAD" -> {}
            case "POST" -> checkWrite(request, host);
            default -> throw new Refused(405, "The studio knows GET and POST alone.");
        }
        if (api && !request.path().equals(SESSION)) {
            checkSession(request);
        }
    }

    private static void checkWrite(Context request, String host) {
        if (!("http://" + host).equals(request.header("Origin"))) {
            throw new Refused(403, "Only the studio's own pages may do this.");
        }
        String wanted = request.path().equals(TRY) ? BYTES : JSON;
        String type = request.header("Content-Type");
        if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase(wanted)) {
            throw new Refused(415, "The content must be of type " + wanted + ".");
        }
    }

    private void checkSession(Context request) {
        String cookie = request.cookie(cookieName());
        if (cookie == null || !isSame(cookie, session)) {
            throw new Refused(401, "Open the studio by the address that it has printed: it ends with a token.");
        }
    }

    /**
     * Exchanges the token for the cookie.
     *
     * @throws Refused if it is another token
     */
    void open(Context request, String given) {
        if (given == null || !isSame(given, token)) {
            throw new Refused(
                    401, "This is not the token of this start of the studio; use the address that it has printed.");
        }
        request.header("Set-Cookie", cookieName() + "=" + session + "; Path=/; HttpOnly; SameSite=Strict");
    }

    /** Cookies know no ports: each studio has a name of its own. */
    private String cookieName() {
        return "finessl-studio-" + port;
    }

    private static boolean isSame(String one, String other) {
        return MessageDigest.isEqual(one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
    }
}
