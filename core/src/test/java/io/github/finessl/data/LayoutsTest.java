package io.github.finessl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets as their archives unpack. */
class LayoutsTest {

    @TempDir
    Path root;

    @Test
    void food101() throws IOException {
        TestImages.write(
                root,
                "images/soup/9.jpg",
                "images/soup/10.jpg",
                "images/soup/2.jpg",
                "images/pie/1.jpg",
                "images/pie/3.jpg");
        list("meta/classes.txt", "pie", "soup");
        list("meta/train.txt", "soup/9", "soup/10", "pie/3");
        list("meta/test.txt", "pie/1", "soup/2");

        DataSource source = open(DataSource.Kind.FOOD101);

        assertThat(source.classes()).containsExactly("pie", "soup");
        assertThat(labels(source.train())).containsExactly(0, 1, 1);
        assertThat(source.train().source(1)).endsWith("images/soup/10.jpg");
        assertThat(source.bringsSplit()).isFalse();

        Files.delete(root.resolve("meta/classes.txt"));
        assertThat(open(DataSource.Kind.FOOD101).train().sha256())
                .isEqualTo(source.train().sha256());

        list("meta/test.txt", "pie/1", "cake/2");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageEndingWith("with one of the 2 classes, but has 'cake/2'.");
    }

    @Test
    void food101HasTheIdentityOfClassFolders() throws IOException {
        Path folders = root.resolve("folders");
        Path food = root.resolve("food");
        for (String id : new String[] {"pie/1", "pie/12", "pie/3", "soup/4"}) {
            TestImages.write(folders, "train/" + id + ".jpg");
            Files.createDirectories(food.resolve("images/" + id).getParent());
            Files.copy(folders.resolve("train/" + id + ".jpg"), food.resolve("images/" + id + ".jpg"));
        }
        TestImages.write(folders, "test/pie/7.jpg", "test/soup/7.jpg");
        TestImages.write(food, "images/pie/7.jpg", "images/soup/7.jpg");
        Files.createDirectories(food.resolve("meta"));
        Files.writeString(food.resolve("meta/train.txt"), "pie/3\npie/1\nsoup/4\npie/12\n");
        Files.writeString(food.resolve("meta/test.txt"), "pie/7\nsoup/7\n");
        assertThat(Datasets.open("food", root).train().sha256())
                .isEqualTo(Datasets.open("folders", root).train().sha256());
    }

    @Test
    void semiAvesWithItsOfficialLists() throws IOException {
        // The first lines of the official lists of two of the species.
        TestImages.write(
                root,
                "trainval_images/0/0.jpg",
                "trainval_images/0/30.jpg",
                "trainval_images/1/0.jpg",
                "u_train_in/0.jpg",
                "u_train_in/1.jpg",
                "u_train_out/0.jpg",
                "test/215.jpg",
                "test/2103.jpg");
        list("semi_aves_species_names.txt", "0 Charadrius_semipalmatus", "1 Tachycineta_thalassina");
        list("l_train.txt", "trainval_images/0/0.jpg 0", "trainval_images/1/0.jpg 1");
        list("u_train_in.txt", "u_train_in/0.jpg -1", "u_train_in/1.jpg -1");
        list("u_train_out.txt", "u_train_out/0.jpg -1");
        list("test.txt", "test/215.jpg 0", "test/2103.jpg 1");

        DataSource source = open(DataSource.Kind.SEMI_AVES);
        assertThat(source.bringsSplit()).isTrue();
        assertThat(source.classes()).containsExactly("Charadrius_semipalmatus", "Tachycineta_thalassina");
        assertThat(labels(source.train())).containsExactly(0, 1, -1, -1);
        Dataset both = Datasets.openWithStrangers(root.toString(), root).train();
        assertThat(labels(both)).containsExactly(0, 1, -1, -1, -2);
        assertThat(Split.given(both).unlabelled()).containsExactly(2, 3, 4);
        assertThat(both.sha256()).isNotEqualTo(source.train().sha256());

        list("l_train_val.txt", "trainval_images/0/0.jpg 0", "trainval_images/0/30.jpg 0", "trainval_images/1/0.jpg 1");
        assertThat(labels(open(DataSource.Kind.SEMI_AVES).train())).containsExactly(0, 0, 1, -1, -1);

        list("u_train_in.txt", "test/215.jpg -1");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageContaining("test.txt must not share images with the training lists");
    }

    @Test
    void groceryStore() throws IOException {
        TestImages.write(
                root, "train/Fruit/Kiwi/Kiwi_1.jpg", "train/Fruit/Lime/Lime_1.jpg", "test/Fruit/Lime/Lime_2.jpg");
        TestImages.write(root, "test/Fruit/Kiwi/Kiwi_2.jpg");
        list("classes.csv", "Class Name (str),Class ID (int),Coarse Class Name (str)", "Kiwi,0,Kiwi", "Lime,1,Lime");
        list("train.txt", "train/Fruit/Lime/Lime_1.jpg, 1, 1", "train/Fruit/Kiwi/Kiwi_1.jpg, 0, 0");
        list("test.txt", "test/Fruit/Lime/Lime_2.jpg, 1, 1", "test/Fruit/Kiwi/Kiwi_2.jpg, 0, 0");

        DataSource source = open(DataSource.Kind.GROCERY);

        assertThat(source.classes()).containsExactly("Kiwi", "Lime");
        assertThat(labels(source.train())).containsExactly(1, 0);
        assertThat(source.bringsSplit()).isFalse();

        list(
                "classes.csv",
                "\ufeff\"Class Name (str)\",Class ID (int)\r",
                "\"Kiwi, \"\"green\"\"\",0,Kiwi\r",
                "Lime,1\r");
        list("train.txt", "\"train/Fruit/Lime/Lime_1.jpg\", 1, 1\r", "train/Fruit/Kiwi/Kiwi_1.jpg, 0, 0\r");
        assertThat(open(DataSource.Kind.GROCERY).classes()).containsExactly("Kiwi, \"green\"", "Lime");
        assertThat(labels(open(DataSource.Kind.GROCERY).train())).containsExactly(1, 0);
        list("classes.csv", "Class Name (str),Class ID (int)", "\"Kiwi,0,Kiwi", "Lime,1,Lime");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> Datasets.open(root.toString(), root))
                .withMessageStartingWith(root.resolve("classes.csv") + " must be a CSV file, but is not: ");
    }

    @Test
    void aListSaysWhichImagesOfClassFoldersAreLabelled() throws IOException {
        TestImages.write(
                root,
                "train/n01440764/n01440764_10074.JPEG",
                "train/n01440764/n01440764_2.JPEG",
                "train/n01443537/n01443537_5.JPEG",
                "train/n01443537/n01443537_6.JPEG",
                "test/n01440764/v1.JPEG",
                "test/n01443537/v2.JPEG");
        list("1percent.txt", "n01443537_6.JPEG", "n01440764_2.JPEG", "n01443537_5.JPEG");
        TestImages.cut(root.resolve("train/n01443537/n01443537_5.JPEG"), 0.7);
        Dataset train = open(DataSource.Kind.FOLDERS).train();

        int[] labelled = LabelledList.indices(root.resolve("1percent.txt"), train);

        assertThat(IntStream.of(labelled).mapToObj(train::source))
                .containsExactly(
                        root.resolve("train/n01440764/n01440764_2.JPEG").toString(),
                        root.resolve("train/n01443537/n01443537_6.JPEG").toString());

        list("10percent.txt", "n01443537_6.JPEG", "n01440764_3.JPEG", "n01443537_10074.JPEG");
        assertThatExceptionOfType(DataException.class)
                .isThrownBy(() -> LabelledList.indices(root.resolve("10percent.txt"), train))
                .withMessage(
                        "%s names 2 images that %s does not have, the first is n01440764/n01440764_3.JPEG.",
                        root.resolve("10percent.txt"), train.name());
    }

    private DataSource open(DataSource.Kind kind) {
        assertThat(Datasets.kind(root.toString(), root)).isEqualTo(kind);
        DataSource source = Datasets.open(root.toString(), root);
        assertThat(source.kind()).isEqualTo(kind);
        return source;
    }

    private void list(String name, String... lines) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, java.util.List.of(lines));
    }

    private static int[] labels(Dataset part) {
        return IntStream.range(0, part.size()).map(part::label).toArray();
    }
}
