package io.github.finessl.kernel.onednn;

import io.github.finessl.kernel.onednn.OneDnnLinear.AffineAt;
import io.github.finessl.kernel.onednn.OneDnnOps.Layout;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory.data_type;

/** The patch embedding of one image: patches copied into rows, then a product. */
final class OneDnnPatches {

    private enum Scratch {
        PATCHES
    }

    /** The sizes of an image and of its patches, in pixels, and of the grid of patches. */
    record Grid(long channels, long height, long width, long patchHeight, long patchWidth) {

        long rows() {
            return height / patchHeight;
        }

        long columns() {
            return width / patchWidth;
        }

        long patchSize() {
            return channels * patchHeight * patchWidth;
        }

        /** One channel as [row, y, column, x] of patches. */
        Layout channel() {
            return new Layout(
                    data_type.f32,
                    rows(),
                    patchHeight,
                    columns(),
                    patchWidth,
                    patchHeight * width,
                    width,
                    patchWidth,
                    1);
        }

        /** One channel in the same order of dimensions where patches are rows. */
        Layout amongPatches(data_type type) {
            return new Layout(
                    type,
                    rows(),
                    patchHeight,
                    columns(),
                    patchWidth,
                    columns() * patchSize(),
                    patchWidth,
                    patchSize(),
                    1);
        }
    }

    private final OneDnn library;
    private final OneDnnOps ops;
    private final OneDnnLinear linear;

    OneDnnPatches(OneDnn library, OneDnnOps ops, OneDnnLinear linear) {
        this.library = library;
        this.ops = ops;
        this.linear = linear;
    }

    /**
     * tokens = [class token + its position; registers; patches·W + b + their positions] for the image [C, H, W] at an
     * address; class token and registers may be null.
     */
    void embed(long image, Grid grid, AffineAt map, Rows classToken, Rows registers, Rows positions, Rows tokens) {
        long count = grid.rows() * grid.columns();
        data_type factors = linear.factors(count, tokens.width());
        long patches = library.scratch(Scratch.PATCHES, count * grid.patchSize() * bytes(factors));
        gather(image, grid, factors, patches);
        long classTokens = classToken == null ? 0 : 1;
        if (classToken != null) {
            ops.binary(
                    dnnl.dnnl_binary_add,
                    1,
                    tokens.width(),
                    false,
                    classToken.address(),
                    positions.address(),
                    tokens.address());
        }
        if (registers != null) {
            ops.copy(
                    Layout.matrix(data_type.f32, registers.rows(), registers.width(), registers.rowStride()),
                    registers.address(),
                    Layout.matrix(data_type.f32, registers.rows(), tokens.width(), tokens.rowStride()),
                    tokens.row(classTokens));
        }
        long before = tokens.rows() - count;
        linear.product(count, patches, map, positions.slice(classTokens, count), tokens.slice(before, count));
    }

    /** The patches of the image at an address as f32 rows at another. */
    void gather(long image, Grid grid, long patches) {
        gather(image, grid, data_type.f32, patches);
    }

    private void gather(long image, Grid grid, data_type type, long patches) {
        for (long c = 0; c < grid.channels(); c++) {
            ops.copy(
                    grid.channel(),
                    image + c * grid.height() * grid.width() * Rows.FLOAT,
                    grid.amongPatches(type),
                    patches + c * grid.patchHeight() * grid.patchWidth() * bytes(type));
        }
    }

    private static long bytes(data_type type) {
        return type == data_type.bf16 ? 2 : Rows.FLOAT;
    }
}
