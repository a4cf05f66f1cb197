package io.github.finessl.report;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/**
 * The form of many class numbers in a JSON file: their count, a colon, and two bytes for each, high bytes before low ones, deflated
 * and as Base64. A list of numbers, the form of earlier versions, is read too.
 */
final class PackedClasses {
    private static final int MOST = 1 << 24;

    private PackedClasses() {}

    static String packed(List<Integer> classes) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater))) {
            for (int each : classes) { // all high bytes first, which are nearly always 0
                out.writeByte(high(each));
            }
            for (int each : classes) {
                out.writeByte(each);
            }
        } finally {
            deflater.end();
        }
        return classes.size() + ":" + Base64.getEncoder().encodeToString(bytes.toByteArray());
    }

    private static int high(int each) throws IOException {
        if (each < 0 || each > 0xFFFF) {
            throw new IOException("a class number should be from 0 to 65535, but is " + each);
        }
        return each >> Byte.SIZE;
    }

    static List<Integer> unpacked(String text) throws IOException {
        try {
            int colon = text.indexOf(':');
            int count = Integer.parseInt(text.substring(0, Math.max(0, colon)));
            if (count < 0 || count > MOST) {
                throw new IOException("there cannot be " + count + " classes");
            }
            byte[] packed = Base64.getDecoder().decode(text.substring(colon + 1));
            try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(packed)))) {
                byte[] high = in.readNBytes(count);
                byte[] low = in.readNBytes(count);
                if (low.length < count || in.read() >= 0) {
                    throw new IOException("not as many classes as the text says, " + count);
                }
                List<Integer> classes = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    classes.add(Byte.toUnsignedInt(high[i]) << Byte.SIZE | Byte.toUnsignedInt(low[i]));
                }
                return List.copyOf(classes);
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("not packed classes: " + e.getMessage(), e);
        }
    }

    /** Writes a list of class numbers as packed text. */
    static final class Writer extends JsonSerializer<List<Integer>> {
        @Override
        public void serialize(List<Integer> classes, JsonGenerator json, SerializerProvider provider)
                throws IOException {
            json.writeString(packed(classes));
        }
    }

    /** Reads packed text, or a list of numbers. */
    static final class Reader extends JsonDeserializer<List<Integer>> {
        @Override
        public List<Integer> deserialize(JsonParser json, DeserializationContext context) throws IOException {
            if (json.hasToken(JsonToken.VALUE_STRING)) {
                try {
                    return unpacked(json.getText());
                } catch (IOException e) {
                    throw context.weirdStringException("", List.class, e.getMessage());
                }
            }
            return List.of(context.readValue(json, Integer[].class));
        }
    }
}
