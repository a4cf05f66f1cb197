package io.github.finessl.kernel.onednn;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An f32 array as it lies in memory: images of rows, each row contiguous; strides count elements. */
record Rows(long address, long images, long rows, long width, long imageStride, long rowStride) {

    static final long FLOAT = Float.BYTES;

    /** The rows of an array [n, width], or of [width] as one row, or of [images, n, width]. */
    static Rows of(INDArray a) {
        if (a.dataType() != DataType.FLOAT) {
            throw new IllegalArgumentException("oneDNN kernels take f32 arrays, not " + a.dataType());
        }
        int rank = a.rank();
        long width = a.size(rank - 1);
        if (width > 1 && a.stride(rank - 1) != 1) {
            throw new IllegalArgumentException("rows must be contiguous");
        }
        long rows = rank > 1 ? a.size(rank - 2) : 1;
        long images = rank > 2 ? a.size(0) : 1;
        long rowStride = rows > 1 ? a.stride(rank - 2) : width;
        long imageStride = images > 1 ? a.stride(0) : rows * rowStride;
        long address = a.data().pointer().address() + a.offset() * FLOAT;
        return new Rows(address, images, rows, width, imageStride, rowStride);
    }

    static Rows orNull(INDArray a) {
        return a == null ? null : of(a);
    }

    /** The rows of an array that is to be written whole. */
    static Rows ofDense(INDArray a) {
        Rows rows = of(a);
        if (!rows.dense()) {
            throw new IllegalArgumentException("outputs must be dense");
        }
        return rows;
    }

    /** A dense array of the shape of {@code like}. */
    static Rows dense(long address, Rows like) {
        long image = like.rows * like.width;
        return new Rows(address, like.images, like.rows, like.width, image, like.width);
    }

    boolean dense() {
        return rowStride == width;
    }

    /** {@code count} rows of a matrix. */
    Rows slice(long from, long count) {
        return new Rows(row(from), 1, count, width, count * rowStride, rowStride);
    }

    /** {@code count} images. */
    Rows images(long from, long count) {
        return new Rows(image(from), count, rows, width, imageStride, rowStride);
    }

    /** {@code count} rows of a matrix, or null of null. */
    static Rows sliceOrNull(Rows orNull, long from, long count) {
        return orNull == null ? null : orNull.slice(from, count);
    }

    /** {@code count} images, or null of null. */
    static Rows imagesOrNull(Rows orNull, long from, long count) {
        return orNull == null ? null : orNull.images(from, count);
    }

    /** The columns from {@code column} on, as many as the caller reads. */
    Rows from(long column) {
        return new Rows(address + column * FLOAT, images, rows, width - column, imageStride, rowStride);
    }

    /** The first {@code columns} columns. */
    Rows first(long columns) {
        return new Rows(address, images, rows, columns, imageStride, rowStride);
    }

    /** The rows of all images as those of a matrix; images must follow each other. */
    Rows flat() {
        if (images > 1 && imageStride != rows * rowStride) {
            throw new IllegalArgumentException("images must follow each other");
        }
        return new Rows(address, 1, images * rows, width, images * rows * rowStride, rowStride);
    }

    /** The address of a row of a matrix. */
    long row(long index) {
        return address + index * rowStride * FLOAT;
    }

    /** The address of an image. */
    long image(long index) {
        return address + index * imageStride * FLOAT;
    }
}
