package io.github.finessl.experiments.option;

import static io.github.finessl.experiments.option.OptionKinds.autoWhole;
import static io.github.finessl.experiments.option.OptionKinds.choice;
import static io.github.finessl.experiments.option.OptionKinds.flag;
import static io.github.finessl.experiments.option.OptionKinds.orNone;
import static io.github.finessl.experiments.option.OptionKinds.path;
import static io.github.finessl.experiments.option.OptionKinds.real;
import static io.github.finessl.experiments.option.OptionKinds.require;
import static io.github.finessl.experiments.option.OptionKinds.text;
import static io.github.finessl.experiments.option.OptionKinds.whole;

import io.github.finessl.Colours;
import io.github.finessl.StrangerPolicy;
import io.github.finessl.export.OnnxForm.Pixels;
import io.github.finessl.kernel.Precision;
import io.github.finessl.ssl.Methods;
import io.github.finessl.text.Templates;
import io.github.finessl.tuning.Tunings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A {@code -D} property that experiments understand.
 *
 * @param name as in {@code -Dname=value}
 * @param fallback the value where neither the user nor the experiment's profile gives one; the paper's where it has one
 * @param values in words, beside {@code none} where it falls back to that
 * @param purpose what it decides, in one line
 * @param parser text to value; throws IllegalArgumentException where it cannot
 * @param <T> type of the value
 */
public record Option<T>(
        String name, String fallback, Kind kind, String values, String purpose, Function<String, T> parser) {

    /** The value {@code auto}, for which the encoder, the data or the machine decides. */
    public static final String AUTO = "auto";

    /** The value {@code none}, with which an option does nothing; as a default it is no part of a run's identity. */
    public static final String NONE = "none";

    public static final Option<Profile> PROFILE = choice(
            "profile",
            Profile.QUICK,
            "size of the experiment: the data in the repository in minutes, the full CIFAR sets in a night, or the paper's setting");
    public static final Option<Path> ENCODER = path(
            "encoder",
            "data/vit-ti-16/vit_tiny_patch16_224.onnx",
            "ONNX file of the pretrained encoder, a vision transformer or CLIP's ResNet");
    public static final Option<String> DATA =
            text("data", "cifar10-mini", ".+", "a name under data/ or a path", "the data set");
    public static final Option<Optional<Path>> LABELLED = orNone(
            "labelled",
            Kind.FOLDER,
            "a folder",
            "labelled photos, one folder per class, instead of -Ddata",
            OptionKinds::file);
    public static final Option<Optional<Path>> UNLABELLED = orNone(
            "unlabelled",
            Kind.FOLDER,
            "a folder",
            "unlabelled photos, in folders of any depth; goes with -Dlabelled",
            OptionKinds::file);
    public static final Option<Optional<Path>> LABEL_TABLE = orNone(
            "labelTable",
            Kind.FILE,
            "a CSV file",
            "table with the columns image and label, instead of -Dlabelled; images are in -Dphotos or beside the table",
            OptionKinds::file);
    public static final Option<Optional<Path>> PHOTOS = orNone(
            "photos",
            Kind.FOLDER,
            "a folder",
            "photos, in folders of any depth; those that -DlabelTable does not name are unlabelled",
            OptionKinds::file);
    public static final Option<Optional<Path>> TEST =
            orNone("testFolder", Kind.FOLDER, "a folder", "test photos, one folder per class", OptionKinds::file);
    public static final Option<Optional<Double>> TEST_SHARE = orNone(
            "testShare",
            Kind.NUMBER,
            "a number above 0 and below 1",
            "share of the labelled photos of each class that is kept out of training, to test on",
            text -> {
                double value = Double.parseDouble(text);
                require(value > 0 && value < 1);
                return value;
            });
    public static final Option<List<Long>> SEEDS = new Option<>(
            "seeds",
            "1",
            Kind.NUMBER,
            "different whole numbers from 0 on, with commas between",
            "random seeds, one run for each; a seed decides labelled images, start, order and augmentation",
            OptionKinds::seeds);
    public static final Option<String> METHOD = text(
            "method",
            "finessl",
            "[a-z0-9-]+",
            "one of " + String.join(", ", Methods.names()),
            "method of semi-supervised learning");
    public static final Option<String> FIDELITY = choice(
            "fidelity",
            "paper",
            List.of("paper", "reference"),
            "whether to follow the paper or its authors' code where they differ");
    public static final Option<Integer> LABELS = whole(
            "labels", "4", 1, "number of labelled images per class; data sets with their own labelled part ignore it");
    public static final Option<Optional<Double>> IMBALANCE = orNone(
            "imbalance",
            Kind.NUMBER,
            "a number from 1 on",
            "imbalance ratio of the labels, for long-tailed classes: labels of the first class (-Dlabels) over those of the last",
            OptionKinds::ratio);
    public static final Option<Optional<Double>> UNLABELLED_IMBALANCE = orNone(
            "unlabelledImbalance",
            Kind.NUMBER,
            "a number from 1 on",
            "imbalance ratio of the unlabelled images; none takes that of -Dimbalance",
            OptionKinds::ratio);
    public static final Option<Optional<Integer>> UNLABELLED_MOST = orNone(
            "unlabelledMost",
            Kind.NUMBER,
            "a whole number from 1 on",
            "number of unlabelled images of the largest long-tailed class; none takes all there are",
            text -> whole(text, 1));
    public static final Option<Boolean> REVERSED = new Option<>(
            "reversed",
            NONE,
            Kind.FLAG,
            "true",
            "whether the last class has most unlabelled images, where classes are long-tailed",
            text -> {
                require(text.equals("true") || text.equals(NONE));
                return text.equals("true");
            });
    public static final Option<Optional<String>> SEEN_CLASSES = orNone(
            "seenClasses",
            Kind.NUMBER,
            "a whole number from 1 on, half",
            "number of classes to learn, for open-set learning; images of the others are only among the unlabelled",
            text -> text.equals("half") ? text : Integer.toString(whole(text, 1)));
    public static final Option<Optional<Path>> LABELLED_LIST = orNone(
            "labelledList",
            Kind.FILE,
            "a path",
            "file that names the labelled images, such as ImageNet's 1 %",
            OptionKinds::file);
    public static final Option<Optional<String>> UNLABELLED_PART = orNone(
            "unlabelledPart",
            Kind.NAME,
            "in, in+out",
            "unlabelled images of Semi-Aves: without or with birds of other species; none means in",
            text -> {
                require(text.equals("in") || text.equals("in+out"));
                return text;
            });
    public static final Option<Integer> STEPS = whole("steps", "15000", 1, "optimiser steps");
    public static final Option<Integer> BATCH = whole("batch", "32", 1, 4096, "labelled images per step");
    public static final Option<Integer> MU = whole("mu", "1", 1, 1000, "unlabelled images per labelled one in a step");
    public static final Option<Optional<Integer>> RESOLUTION =
            autoWhole("resolution", 16, 2048, "side of the images in pixels; auto takes the encoder's own");
    public static final Option<Colours> NORMALISATION = choice(
            "normalisation",
            Colours.ENCODER,
            "mean and deviation that pixels are normalised by; encoder is what the encoder's file does itself, else what a"
                    + " preprocessor_config.json or the like beside it says, else a guess, which is printed");
    public static final Option<String> TUNING = new Option<>(
            "tuning",
            "vpt-deep",
            Kind.NAME,
            "one of " + String.join(", ", Tunings.names())
                    + ", some with settings (vpt-last:2, lora:rank=4), or several" + " with + between",
            "way of fine-tuning, which decides what is trained besides the classification heads",
            OptionKinds::tuning);
    public static final Option<Integer> PROMPTS = whole("prompts", "50", 1, 1000, "prompt tokens per block");
    public static final Option<String> PROMPT_START = choice(
            "promptStart",
            AUTO,
            List.of("uniform", "tokens", "neutral", AUTO),
            "initial prompts: random, patch tokens of labelled images, or such tokens where queries hardly attend to them,"
                    + " which leaves a head start as it is; auto takes tokens for encoders narrower than 384");
    public static final Option<String> HEAD_START = choice(
            "headStart",
            "uniform",
            List.of("uniform", "means", "pile", "semantic"),
            "initial class weights: random, mean features of the labelled images, those refined on the unlabelled"
                    + " images, or those of -DclassFeatures or of the class names by -DtextEncoder");
    public static final Option<Optional<Path>> CLASS_FEATURES = orNone(
            "classFeatures",
            Kind.FILE,
            "the path of a .npy, .npz or .csv file",
            "file with a row of numbers per class, such as CLIP's text features of its name, for -DheadStart=semantic",
            OptionKinds::file);
    public static final Option<Optional<Path>> TEXT_ENCODER = orNone(
            "textEncoder",
            Kind.FILE,
            "a path",
            "ONNX file of the encoder's text tower, or of both towers; for zero labels, -DheadStart=semantic,"
                    + " -Dmethod=zero-shot, and fpl, ifpl and grip, which then begin zero-shot",
            OptionKinds::file);
    public static final Option<Optional<Path>> TOKENIZER = orNone(
            "tokenizer",
            Kind.FILE,
            "a path",
            "tokenizer.json of the text tower, or vocab.json with merges.txt beside it; none looks beside -DtextEncoder",
            OptionKinds::file);
    public static final Option<String> TEMPLATES = text(
            "templates",
            Templates.PHOTO_NAME,
            ".+",
            "photo (a photo of a {}.), clip-80 (CLIP's 80) or a text file with one a line",
            "prompts that class names are put into for the text tower");
    public static final Option<Optional<String>> CLASSES = orNone(
            "classes",
            Kind.NAME,
            "names with commas between, or a text file with a name a line",
            "names of the classes where no photo is labelled; needs -Dunlabelled and -DtextEncoder",
            Function.identity());
    public static final Option<Double> LEARNING_RATE =
            real("lr", "0.03", x -> x > 0, "a number above 0", "learning rate at the start of the cosine schedule");
    public static final Option<Optional<Double>> ENCODER_LEARNING_RATE = orNone(
            "encoderLr",
            Kind.NUMBER,
            "a number from 0 on",
            "learning rate of the encoder's own weights (bitfit, full, lp-ft, bn); none takes that of -Dlr",
            text -> {
                double value = Double.parseDouble(text);
                require(Double.isFinite(value) && value >= 0);
                return value;
            });
    public static final Option<Double> PROMPT_LEARNING_RATE =
            real("promptLr", "1", x -> x >= 0, "a number from 0 on", "factor of the learning rate for prompts");
    public static final Option<Integer> WARMUP = whole(
            "warmup", "0", 0, "steps in which learning rates rise linearly to those of the cosine schedule; 0 is none");
    public static final Option<Double> MOMENTUM =
            real("momentum", "0.9", x -> x >= 0 && x < 1, "a number from 0 to below 1", "momentum of SGD");
    public static final Option<Double> WEIGHT_DECAY =
            real("weightDecay", "0.0005", x -> x >= 0, "a number from 0 on", "weight decay of all trained parameters");
    public static final Option<Double> EMA = real(
            "ema",
            "0",
            x -> x >= 0 && x < 1,
            "a number from 0 to below 1",
            "momentum of the average of the last steps' parameters, which is the model; 0 takes the last step's");
    public static final Option<Boolean> FLIP = flag(
            "flip",
            "whether the model predicts from a photo and its mirror image, by the mean of their logits, in twice the time");
    public static final Option<Double> ALPHA =
            real("alpha", "8", x -> x >= 0, "a number from 0 on", "α, scale of FineSSL's margins");
    public static final Option<Double> GAMMA = real(
            "gamma",
            "3",
            x -> x > 0,
            "a number above 0",
            "γ, scale of the weights that FineSSL gives unlabelled images");
    public static final Option<Double> ZETA = real(
            "zeta",
            "0.7",
            OptionKinds::isFraction,
            "a number from 0 to 1",
            "ζ, confidence from which a pseudo-label counts");
    public static final Option<Double> LAMBDA = real(
            "lambda",
            "0.5",
            OptionKinds::isFraction,
            "a number from 0 to 1",
            "λ, label smoothing of FineSSL's auxiliary head");
    public static final Option<Optional<Double>> EMA_MOMENTUM = new Option<>(
            "emaMomentum",
            AUTO,
            Kind.NUMBER,
            "a number from 0 to below 1, or auto",
            "momentum of the moving averages of freematch, softmatch, debiaspl and semikd; auto looks back a fifteenth of"
                    + " the run, as .999 (which is the most) does in the paper's 15,000 steps",
            text -> {
                if (text.equals(AUTO)) {
                    return Optional.empty();
                }
                double value = Double.parseDouble(text);
                require(value >= 0 && value < 1);
                return Optional.of(value);
            });
    public static final Option<Double> DEBIAS =
            real("debias", "0.4", x -> x >= 0, "a number from 0 on", "t, strength of debiaspl's debiasing");
    public static final Option<Optional<Path>> TEACHER = new Option<>(
            "teacher",
            NONE,
            Kind.FOLDER,
            "the directory or checkpoint of a finished FineSSL run",
            "finished FineSSL run whose model semikd learns from; its authors take -Dmu=2",
            OptionKinds::pathOrNone);
    public static final Option<List<Member>> MEMBERS = new Option<>(
            "members",
            "lora,adaptformer",
            Kind.NAME,
            "different ways of fine-tuning with commas between, each with @ENCODER or @ENCODER@RESOLUTION behind it where the"
                    + " encoder is another",
            "models, trained on the labels alone, whose votes v-pet learns from",
            Member::list);
    public static final Option<Optional<Path>> PARENT = orNone(
            "parent",
            Kind.FOLDER,
            "the folder of a trained model",
            "trained model to train further; its settings hold where no others are given",
            OptionKinds::file);
    public static final Option<Optional<Path>> FROM = new Option<>(
            "from",
            NONE,
            Kind.FOLDER,
            "the directory or checkpoint of a finished run",
            "finished run whose model Export writes",
            OptionKinds::pathOrNone);
    public static final Option<Optional<Path>> TO =
            new Option<>("to", NONE, Kind.FILE, "a path", "ONNX file that Export writes", OptionKinds::pathOrNone);
    public static final Option<Pixels> PIXELS = choice(
            "pixels",
            Pixels.NORMALISED,
            "what Export's file takes: pixels normalised as in training, or from 0 to 1, which it normalises");
    public static final Option<Integer> HELD_OUT = whole(
            "heldOut", "0", 0, "training images per class that are kept out of training, to choose the best model on");
    public static final Option<Boolean> KEEP_BEST = flag(
            "keepBest",
            "whether the model becomes a simpler one on the frozen encoder if that is as good on the images of -DheldOut");
    public static final Option<StrangerPolicy> STRANGERS = choice(
            "strangers",
            StrangerPolicy.KEEP,
            "unlabelled images that seem to be of no class, where they are many: learnt from like all others, or left out");
    public static final Option<Precision> PRECISION = choice(
            "precision",
            Precision.AUTO,
            "number format of the encoder's matrix products; auto takes the fastest on this processor");
    public static final Option<Geometry> GEOMETRY = choice(
            "geometry", Geometry.VIT_B_32, "size of the encoder, with random weights, that BenchTrainingStep measures");
    public static final Option<Boolean> PROFILE_OPS =
            flag("profile.ops", "whether BenchTrainingStep lists the time of each kind of operation");
    public static final Option<Integer> EVAL_EVERY =
            whole("evalEvery", "0", 0, "steps between evaluations; 0 evaluates only at the end");
    public static final Option<Integer> CHECKPOINT_EVERY =
            whole("checkpointEvery", "100", 0, "steps between checkpoints; 0 writes one only at the end");
    public static final Option<Integer> SURVEY = whole(
            "survey",
            "0",
            0,
            "unlabelled images whose predictions are recorded at the end, for the paper's figures; 0 is none");
    public static final Option<Optional<List<Integer>>> STAGES = new Option<>(
            "stages",
            "all",
            Kind.NUMBER,
            "all, none or whole numbers from 0 on with commas between",
            "stages of the protocol that Evidence carries out; none shows what is on record",
            OptionKinds::stages);
    public static final Option<Optional<Path>> RESUME = new Option<>(
            "resume",
            NONE,
            Kind.FILE,
            "the path of a checkpoint",
            "checkpoint to continue from",
            OptionKinds::pathOrNone);
    public static final Option<Boolean> RERUN = flag("rerun", "train again although a finished training is there");
    public static final Option<Path> OUT = path("out", "results", "folder for results");
    public static final Option<Optional<Integer>> THREADS =
            autoWhole("threads", 1, 1024, "number of computing threads; auto takes one per core");
    public static final Option<Optional<String>> SPARK = new Option<>(
            "spark",
            NONE,
            Kind.NAME,
            "local[n], spark://host:port",
            "Apache Spark master that distributes a table's runs",
            OptionKinds::master);
    public static final Option<String> HEAP = text(
            "heap",
            "2g",
            "[1-9][0-9]*[kmgKMG]",
            "a size such as 2g",
            "size of the Java heap; tensors lie outside of it");
    public static final Option<Boolean> STACKTRACE = flag("stacktrace", "print the stack trace of an error");

    /** Whether the option does nothing unless a value is given. */
    public boolean isOptional() {
        return fallback.equals(NONE);
    }

    /** The permitted values, in words that complete the sentence "name is ...". */
    public String allowed() {
        return values + (isOptional() ? " or none" : "");
    }

    /**
     * The value that {@code text} stands for.
     *
     * @throws OptionException if it stands for none of them
     */
    public T parse(String text) {
        try {
            return parser.apply(text.strip());
        } catch (IllegalArgumentException e) {
            throw OptionException.of(name, text, allowed());
        }
    }
}
