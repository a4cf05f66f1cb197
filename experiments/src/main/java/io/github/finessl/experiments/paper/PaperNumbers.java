package io.github.finessl.experiments.paper;

import io.github.finessl.experiments.option.Option;
import io.github.finessl.experiments.paper.CrossTable.Column;
import io.github.finessl.experiments.paper.CrossTable.Row;
import io.github.finessl.report.ResultTable.Cell;
import io.github.finessl.report.ResultTable.Missing;
import io.github.finessl.report.ResultTable.Quoted;
import java.util.List;
import java.util.Optional;

/**
 * The paper's own results as far as we know them: top-1 accuracy in percent of CLIP ViT-B/16 tuned by VPT-deep.
 *
 * <p>Gan and Wei, "Erasing the Bias: Fine-Tuning Foundation Models for Semi-Supervised Learning", ICML 2024, arXiv
 * 2405.11756. These are quoted beside what is measured here, never instead of it.
 */
final class PaperNumbers {

    /** The heading of columns that quote these numbers. */
    static final String COLUMN = "paper, CLIP ViT-B/16";

    private static final List<Accuracy> ACCURACIES = List.of(
            new Accuracy("finessl", "cifar10", "N1", 96.15),
            new Accuracy("finessl", "cifar10", "N2", 96.87),
            new Accuracy("finessl", "cifar10", "N4", 97.39),
            new Accuracy("finessl", "cifar100", "N4", 80.44),
            new Accuracy("finessl", "cifar100", "N25", 84.51),
            new Accuracy("finessl", "cifar100", "N100", 86.66),
            new Accuracy("finessl", "food101", "N2", 87.04),
            new Accuracy("finessl", "food101", "N4", 89.28),
            new Accuracy("finessl", "food101", "N10", 89.69),
            new Accuracy("finessl", "cifar100", "N4, ResNet, BN tuning", 55.21),
            new Accuracy("finessl", "cifar100", "N25, ResNet, BN tuning", 67.06),
            new Accuracy("finessl", "cifar100", "N100, ResNet, BN tuning", 70.60),
            new Accuracy("debiaspl", "cifar100", "N4, ResNet, BN tuning", 52.90),
            new Accuracy("debiaspl", "cifar100", "N25, ResNet, BN tuning", 66.62),
            new Accuracy("debiaspl", "cifar100", "N100, ResNet, BN tuning", 70.34),
            new Accuracy("fixmatch", "semi-aves", "in", 65.52),
            new Accuracy("fixmatch", "semi-aves", "in+out", 60.15),
            new Accuracy("debiaspl", "semi-aves", "in", 66.82),
            new Accuracy("debiaspl", "semi-aves", "in+out", 60.85),
            new Accuracy("finessl", "semi-aves", "in", 67.25),
            new Accuracy("finessl", "semi-aves", "in+out", 61.12),
            new Accuracy("debiaspl", "imagenet", "1%", 73.58),
            new Accuracy("debiaspl", "imagenet", "10%", 78.72),
            new Accuracy("finessl", "imagenet", "1%", 74.22),
            new Accuracy("finessl", "imagenet", "10%", 79.21));

    private PaperNumbers() {}

    private record Accuracy(String method, String data, String setting, double top1) {}

    /**
     * The change of top-1 accuracy, in points, when a part of FineSSL is left out.
     *
     * <p>Without DLS two different numbers are known to us, so none is given.
     */
    record Change(String method, String setting, double points) {}

    private static final List<Change> CHANGES = List.of(
            new Change("finessl-without-bms", "CIFAR-100 N4", -3.74),
            new Change("finessl-without-supervised-margin", "Semi-Aves, mean", -1.28));

    /** The change that the paper reports for an ablation. */
    static Optional<Change> change(String method) {
        return CHANGES.stream().filter(change -> change.method().equals(method)).findFirst();
    }

    /** The top-1 accuracy of a row's method with a column's data and labels per class; a mini set counts as the full one. */
    static Cell top1(Row row, Column column) {
        String data = column.options().getOrDefault(Option.DATA.name(), "").replace("-mini", "");
        String labels = column.options().getOrDefault(Option.LABELS.name(), "");
        return top1(row.options().getOrDefault(Option.METHOD.name(), ""), data, "N" + labels);
    }

    /**
     * A method's top-1 accuracy.
     *
     * @param setting N and the labels per class; in or in+out; or the labelled part of ImageNet
     * @return a quotation, or an empty cell where the number is not known to us
     */
    static Cell top1(String method, String data, String setting) {
        return ACCURACIES.stream()
                .filter(known -> known.method().equals(method)
                        && known.data().equals(data)
                        && known.setting().equals(setting))
                .<Cell>map(known -> new Quoted(known.top1()))
                .findFirst()
                .orElse(Missing.NOT_KNOWN);
    }
}
