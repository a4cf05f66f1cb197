package io.github.finessl.encoder.onnx;

import io.github.finessl.encoder.EncoderFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import onnx.Onnx.TensorProto;
import onnx.Onnx.TensorProto.DataType;
import org.nd4j.shade.protobuf.ByteString;

/** Numbers of an ONNX tensor in each of the ways that the format stores them. */
final class TensorData {

    private TensorData() {}

    /** The tensor, its data being {@code raw} unless that is empty and a typed field holds them. */
    static Constant constant(Path file, TensorProto tensor, ByteString raw) {
        long[] shape = tensor.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long size = size(file, tensor.getName(), shape);
        DataType type = DataType.forNumber(tensor.getDataType());
        if (type == null || !isNumeric(type)) {
            throw new EncoderFormatException(
                    file,
                    "expected numbers of up to 64 bits in tensor '" + tensor.getName() + "', found the data type "
                            + (type == null ? "number " + tensor.getDataType() : type));
        }
        boolean inRaw = !raw.isEmpty() || typedCount(tensor, type) == 0;
        long found = inRaw ? raw.size() : typedCount(tensor, type);
        long expected = inRaw ? Math.multiplyExact(size, bytes(type)) : size;
        if (found != expected) {
            throw new EncoderFormatException(
                    file,
                    "expected " + expected + (inRaw ? " bytes" : " numbers") + " for tensor '" + tensor.getName() + "' "
                            + Arrays.toString(shape) + " of " + type + ", found " + found
                            + (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL
                                    ? " in its side file"
                                    : ""));
        }
        return new Constant(Layout.of(shape), inRaw ? raw(type, raw) : typed(tensor, type), isIntegral(type));
    }

    private static long size(Path file, String name, long[] shape) {
        long size = 1;
        for (long dim : shape) {
            if (dim < 0 || dim > Integer.MAX_VALUE || size * dim > Integer.MAX_VALUE) {
                throw new EncoderFormatException(
                        file, "expected sane sizes for tensor '" + name + "', found " + Arrays.toString(shape));
            }
            size *= dim;
        }
        return size;
    }

    private static boolean isNumeric(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16, INT64, INT32, INT16, INT8, UINT64, UINT32, UINT16, UINT8, BOOL ->
                true;
            default -> false;
        };
    }

    static boolean isIntegral(DataType type) {
        return switch (type) {
            case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> false;
            default -> true;
        };
    }

    private static int bytes(DataType type) {
        return switch (type) {
            case DOUBLE, INT64, UINT64 -> 8;
            case FLOAT, INT32, UINT32 -> 4;
            case FLOAT16, BFLOAT16, INT16, UINT16 -> 2;
            default -> 1;
        };
    }

    private static int typedCount(TensorProto tensor, DataType type) {
        return switch (type) {
            case FLOAT -> tensor.getFloatDataCount();
            case DOUBLE -> tensor.getDoubleDataCount();
            case INT64 -> tensor.getInt64DataCount();
            case UINT64, UINT32 -> tensor.getUint64DataCount();
            default -> tensor.getInt32DataCount();
        };
    }

    private static Constant.Elements typed(TensorProto tensor, DataType type) {
        return switch (type) {
            case FLOAT -> tensor::getFloatData;
            case DOUBLE -> tensor::getDoubleData;
            case INT64 -> tensor::getInt64Data;
            case UINT64, UINT32 -> tensor::getUint64Data;
            case FLOAT16 -> i -> half((short) tensor.getInt32Data(i));
            case BFLOAT16 -> i -> bfloat((short) tensor.getInt32Data(i));
            default -> tensor::getInt32Data;
        };
    }

    /** Elements as they lie, read in one piece where many are wanted: element by element takes ten times as long. */
    private record Floats(FloatBuffer values) implements Constant.Elements {
        @Override
        public double at(int index) {
            return values.get(index);
        }

        @Override
        public float[] floats(int first, int count) {
            var floats = new float[count];
            values.get(first, floats);
            return floats;
        }
    }

    private static Constant.Elements raw(DataType type, ByteString raw) {
        ByteBuffer b = raw.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        int start = b.position();
        return switch (type) {
            case FLOAT -> new Floats(b.asFloatBuffer());
            case DOUBLE -> i -> b.getDouble(start + 8 * i);
            case FLOAT16 -> i -> half(b.getShort(start + 2 * i));
            case BFLOAT16 -> i -> bfloat(b.getShort(start + 2 * i));
            case INT64, UINT64 -> i -> b.getLong(start + 8 * i);
            case INT32 -> i -> b.getInt(start + 4 * i);
            case UINT32 -> i -> Integer.toUnsignedLong(b.getInt(start + 4 * i));
            case INT16 -> i -> b.getShort(start + 2 * i);
            case UINT16 -> i -> Short.toUnsignedInt(b.getShort(start + 2 * i));
            case INT8 -> i -> b.get(start + i);
            default -> i -> Byte.toUnsignedInt(b.get(start + i));
        };
    }

    private static double bfloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
    static double half(short bits) {
        int exponent = bits >> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        double size = switch (exponent) {
            case 0 -> Math.scalb((double) fraction, -24);
            case 31 -> fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
            default -> Math.scalb((double) (1024 + fraction), exponent - 25);
        };
        return bits < 0 ? -size : size;
    }
}
