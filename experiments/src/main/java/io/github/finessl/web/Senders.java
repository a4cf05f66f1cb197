package io.github.finessl.web;

import io.javalin.http.Context;
import java.util.Locale;
import java.util.Set;

/** The checks of whom a request comes from: browsers send it for whatever page they show. */
public final class Senders {

    private Senders() {}

    /**
     * Makes sure that a request is for this server by one of its own names, and not by a name of others that leads here (DNS
     * rebinding).
     *
     * @param hosts values of {@code Host}, in small letters
     * @return the one that was asked for
     * @throws Refused if it is none of these
     */
    public static String requireHost(Context request, Set<String> hosts) {
        String host = request.header("Host");
        if (host == null || !hosts.contains(host.toLowerCase(Locale.ROOT))) {
            throw new Refused(421, "This is not the host that was asked for.");
        }
        return host;
    }

    /**
     * Makes sure that no page of another site has made a browser send a request; other programs may.
     *
     * @throws Refused with the sentence if one has
     */
    public static void requireNoOtherSite(Context request, String sentence) {
        String site = request.header("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            throw new Refused(403, sentence);
        }
    }
}
