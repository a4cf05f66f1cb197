package io.github.finessl.data;

import java.nio.file.Path;
import java.util.List;

/**
 * The contents of a data set as its files list them, before any image is looked at.
 *
 * @param root the data set's folder
 * @param bringsSplit see {@link DataSource}
 */
record Layout(
        DataSource.Kind kind,
        Path root,
        boolean bringsSplit,
        List<String> classes,
        List<ImageFiles.Entry> train,
        List<ImageFiles.Entry> test) {

    /** Looks at every image that is not known from an earlier time, and leaves out those that cannot be read. */
    DataSource inspect(String name) {
        ImageIndex index = ImageIndex.of(root, ImageDecoder.AS_STORED);
        ImageFiles training = index.check(name + "/train", classes, train);
        ImageFiles testing = index.check(name + "/test", classes, test);
        index.save();
        return new DataSource(name, kind, bringsSplit, training, testing);
    }
}
