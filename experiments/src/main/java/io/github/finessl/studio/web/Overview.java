package io.github.finessl.studio.web;

import io.github.finessl.studio.folder.Place;
import io.github.finessl.studio.learn.LabelNews;
import io.github.finessl.studio.learn.Learning;
import io.github.finessl.studio.learn.TrainedModel;
import io.github.finessl.studio.learn.TrainingState;
import io.github.finessl.studio.photo.PhotoLibrary;
import io.github.finessl.studio.photo.Preparation;
import io.github.finessl.studio.photo.StudioPhoto;
import io.github.finessl.studio.photo.StudioPhoto.Content;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is in the folder, for the first page.
 *
 * @param folder its name
 * @param photos how many there are, unreadable ones included
 * @param unlabelled readable ones without a label
 * @param none how many are known to be of no class
 * @param test how many test the models
 * @param unreadable files and folders of classes, with reasons, the first {@value #MOST_NAMED}
 * @param unreadables how many there are in all
 * @param copies photos whose file is there more than once, the first {@value #MOST_NAMED} contents
 * @param copiesInAll how many contents are there more than once
 * @param doubtful labels that looked wrong when they were last looked at
 * @param used the model in use, if there is one
 * @param news what has changed in the labels since the newest model was trained; empty where there is none
 * @param next the one next thing to do
 */
record Overview(
        String folder,
        int photos,
        int unlabelled,
        List<ClassCount> classes,
        int none,
        int test,
        List<Unreadable> unreadable,
        int unreadables,
        List<List<String>> copies,
        int copiesInAll,
        Preparation.State prepared,
        int doubtful,
        Optional<TrainedModel> used,
        Optional<LabelNews> news,
        Next next,
        boolean canUndo) {

    private static final int MOST_NAMED = 50;

    /** So many labels of each class make suggestions useful. */
    private static final int FEW_LABELS = 3;

    /** So many labels of each class make a training worth its time. */
    private static final int ENOUGH_LABELS = 5;

    /** A class and the number of its labelled photos. */
    record ClassCount(String name, int photos) {}

    /** A file that cannot be read, or a folder. */
    record Unreadable(String name, String reason) {}

    /** The things to do next, one at a time. */
    enum Next {
        /** There is no photo that can be read. */
        ADD_PHOTOS,
        /** A training had not come to its end when the studio was last ended. */
        GO_ON,
        /** There are no two classes yet. */
        NAME_CLASSES,
        /** Some class has next to no labels. */
        LABEL_FIRST,
        /** Suggestions can be accepted many at a time. */
        ACCEPT,
        /** There are enough labels for a model. */
        TRAIN,
        /** A training runs. */
        WAIT,
        /** Labels or classes are others than those that the newest model has learnt. */
        TRAIN_AGAIN,
        /** All that is left to do is to use the model. */
        TRY;

        /** The name in lower case, as texts have it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Overview of(PhotoLibrary library, Preparation preparation, Learning learning) {
        Map<String, List<String>> byContent = new HashMap<>();
        List<Unreadable> unreadable = new ArrayList<>();
        library.folder().unusable().forEach((path, reason) -> unreadable.add(new Unreadable(path, reason)));
        int unlabelled = 0;
        int none = 0;
        int test = 0;
        int readable = 0;
        List<StudioPhoto> all = library.all();
        for (StudioPhoto photo : all) {
            photo.sha256()
                    .ifPresent(sha256 -> byContent
                            .computeIfAbsent(sha256, same -> new ArrayList<>())
                            .add(photo.path()));
            readable += photo.isUnreadable() ? 0 : 1;
            if (photo.content() instanceof Content.Unreadable fault) {
                unreadable.add(new Unreadable(photo.path(), fault.reason()));
            } else if (photo.place() instanceof Place.NoClass) {
                none++;
            } else if (photo.place() instanceof Place.Test) {
                test++;
            } else if (photo.place() instanceof Place.Unlabelled) {
                unlabelled++;
            }
        }
        List<ClassCount> classes = library.classes().entrySet().stream()
                .map(each -> new ClassCount(each.getKey(), each.getValue()))
                .toList();
        List<List<String>> copies =
                byContent.values().stream().filter(same -> same.size() > 1).toList();
        Optional<TrainedModel> used = learning.models().inUse();
        Optional<LabelNews> news = LabelNews.of(library, learning.models());
        TrainingState.Phase phase = learning.trainings().state().phase();
        return new Overview(
                library.folder().root().getFileName().toString(),
                all.size(),
                unlabelled,
                classes,
                none,
                test,
                unreadable.stream().limit(MOST_NAMED).toList(),
                unreadable.size(),
                copies.stream().limit(MOST_NAMED).toList(),
                copies.size(),
                preparation.state(),
                learning.review().state().doubtful().size(),
                used,
                news,
                next(classes, readable, unlabelled, phase, used, news),
                library.canUndo());
    }

    private static Next next(
            List<ClassCount> classes,
            int readable,
            int unlabelled,
            TrainingState.Phase phase,
            Optional<TrainedModel> used,
            Optional<LabelNews> news) {
        if (readable == 0) {
            return Next.ADD_PHOTOS;
        } else if (phase == TrainingState.Phase.INTERRUPTED) {
            return Next.GO_ON;
        }
        List<Integer> counts = classes.stream()
                .map(ClassCount::photos)
                .filter(count -> count > 0)
                .toList();
        int least = counts.stream().mapToInt(Integer::intValue).min().orElse(0);
        if (counts.size() < 2) {
            return Next.NAME_CLASSES;
        } else if (phase.isRunning()) {
            return Next.WAIT;
        } else if (used.isPresent()) {
            return news.filter(LabelNews::again).isPresent() ? Next.TRAIN_AGAIN : Next.TRY;
        } else if (least < FEW_LABELS && unlabelled > 0) {
            return Next.LABEL_FIRST;
        }
        return least < ENOUGH_LABELS && unlabelled > 0 ? Next.ACCEPT : Next.TRAIN;
    }
}
