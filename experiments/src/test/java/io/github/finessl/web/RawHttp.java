package io.github.finessl.web;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.finessl.report.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** A client of a server on this machine that sends what it is told, also what no browser would. */
public record RawHttp(int port) {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** An answer, with its header as it came. */
    public record Answer(int status, String header, byte[] content) {
        public JsonNode json() throws IOException {
            return Json.MAPPER.readTree(content);
        }

        public String text() {
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    /** Names of other hosts, by which no server of this machine may be asked; PORT is its port. */
    public static Stream<String> otherHosts() {
        return Stream.of(
                "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "localhost", "127.0.0.1.evil:PORT");
    }

    /** Sends a request and waits for the answer. */
    public Answer send(String method, String path, Map<String, String> headers, byte[] content) throws IOException {
        StringBuilder head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
        headers.forEach(
                (name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        if (!headers.containsKey("Content-Length") && !method.equals("GET")) {
            head.append("Content-Length: ").append(content.length).append("\r\n");
        }
        head.append("Connection: close\r\n\r\n");
        try (Socket socket = open()) {
            OutputStream out = socket.getOutputStream();
            out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            try {
                out.write(content);
                out.flush();
            } catch (IOException e) { // it has answered before it has heard all
                head.append(e.getMessage());
            }
            return answer(socket);
        }
    }

    /** A connection, for what is sent in pieces. */
    public Socket open() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        return socket;
    }

    /** The answer on a connection that is closed behind it. */
    public static Answer answer(Socket socket) throws IOException {
        byte[] all = socket.getInputStream().readAllBytes();
        String text = new String(all, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        String header = text.substring(0, end).replace("\r", "");
        byte[] content = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
        boolean chunked = header.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked");
        return new Answer(Integer.parseInt(header.substring(9, 12)), header, chunked ? joined(content) : content);
    }

    private static byte[] joined(byte[] chunks) {
        String text = new String(chunks, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int at = 0;
        while (true) {
            int line = text.indexOf("\r\n", at);
            int length = Integer.parseInt(text.substring(at, line), 16);
            if (length == 0) {
                return joined.toByteArray();
            }
            joined.write(chunks, line + 2, length);
            at = line + 2 + length + 2;
        }
    }
}
