package io.github.finessl.studio.learn;

import io.github.finessl.report.FolderFacts.ClassImages;
import java.util.List;
import java.util.SortedMap;

/**
 * What a model was made from.
 *
 * @param classes with the numbers of their labelled and test photos; empty where that is not known
 * @param settings by the names of options
 * @param encoder its name
 * @param arithmetic that it was trained with
 */
public record ModelDetails(
        TrainedModel model,
        List<ClassImages> classes,
        SortedMap<String, String> settings,
        String encoder,
        String arithmetic) {}
