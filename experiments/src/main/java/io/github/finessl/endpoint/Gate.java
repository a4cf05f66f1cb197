package io.github.finessl.endpoint;

import io.github.finessl.web.Refused;
import io.github.finessl.web.Senders;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The checks that each request must pass before anything is done with it.
 *
 * <ul>
 *   <li>{@code Host} is one of the names that the endpoint is asked by, exactly.
 *   <li>No page of another site has made a browser send it: that could be without asking this server first, since photos are
 *       what forms send, too.
 * </ul>
 */
final class Gate {

    private static final int HTTP = 80;

    /** The headers of every answer. */
    static final Map<String, String> HEADERS = Map.of(
            "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options", "nosniff",
            "Referrer-Policy", "no-referrer",
            "Cross-Origin-Resource-Policy", "same-origin",
            "Cache-Control", "no-store");

    private volatile Set<String> hosts = Set.of();

    /** Tells on which port the server listens; until then nothing passes. */
    void listensOn(Settings settings, int port) {
        Set<String> names = new HashSet<>(Set.of(Settings.LOOPBACK, "localhost", "[::1]"));
        names.addAll(namesOf(settings.host()));
        names.addAll(settings.names());
        Set<String> known = new HashSet<>();
        for (String name : names) {
            String small = name.toLowerCase(Locale.ROOT);
            if (hasPort(small)) {
                known.add(small);
                continue;
            }
            known.add(small + ":" + port);
            if (port == HTTP) {
                known.add(small);
            }
        }
        hosts = Set.copyOf(known);
    }

    private static boolean hasPort(String name) {
        return name.matches(".*[^:]:\\d+") && !name.endsWith("]");
    }

    /** The host itself; where it stands for all addresses of this machine, these and the machine's name. */
    private static Set<String> namesOf(String host) {
        Set<String> names = new HashSet<>(Set.of(inUrl(host)));
        try {
            if (InetAddress.getByName(host).isAnyLocalAddress()) {
                names.add(InetAddress.getLocalHost().getHostName());
                for (NetworkInterface each : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                    Collections.list(each.getInetAddresses())
                            .forEach(address -> names.add(inUrl(address.getHostAddress())));
                }
            }
        } catch (UnknownHostException | SocketException e) {
            return names; // what has no name is asked by its address
        }
        return names;
    }

    /** A host as it stands in an address: an IPv6 one in brackets, without its zone. */
    static String inUrl(String host) {
        return host.contains(":") ? "[" + host.replaceFirst("%.*", "") + "]" : host;
    }

    /**
     * Checks a request.
     *
     * @throws Refused if it must not be carried out
     */
    void check(Context request) {
        HEADERS.forEach(request::header);
        String host = Senders.requireHost(request, hosts);
        String sentence = "No page of another site may ask this.";
        Senders.requireNoOtherSite(request, sentence);
        String origin = request.header("Origin");
        if (origin != null && !Set.of("http://" + host, "https://" + host).contains(origin)) {
            throw new Refused(403, sentence);
        }
    }
}
