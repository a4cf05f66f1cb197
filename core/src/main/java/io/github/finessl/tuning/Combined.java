package io.github.finessl.tuning;

import io.github.finessl.encoder.Encoder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * A combination of several strategies, such as prompts and biases. Behind one layer they act one after the other, in
 * their order.
 *
 * @param parts two or more
 */
public record Combined(List<Tuning> parts) implements Tuning {

    /** Checks that the strategies go together. */
    public Combined {
        parts = List.copyOf(parts);
        for (Tuning part : parts) {
            if (part instanceof LinearProbe
                    || part instanceof Combined
                    || part.phases().size() > 1) {
                throw new IllegalArgumentException(part.name() + " cannot be combined with others");
            }
        }
        if (parts.stream().filter(part -> part.prompts().isPresent()).count() > 1) {
            throw new IllegalArgumentException("prompts can be placed in one way only");
        }
    }

    @Override
    public String name() {
        return parts.stream().map(Tuning::name).collect(Collectors.joining("+"));
    }

    @Override
    public String spelling() {
        return parts.stream().map(Tuning::spelling).collect(Collectors.joining("+"));
    }

    @Override
    public List<Parameter> parameters(Encoder encoder) {
        List<Parameter> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Tuning part : parts) {
            for (Parameter parameter : part.parameters(encoder)) {
                if (!names.add(parameter.name())) {
                    throw new IllegalArgumentException(
                            part.name() + " trains " + parameter.name() + ", which another part trains already");
                }
                all.add(parameter);
            }
        }
        return all;
    }

    @Override
    public Set<Site> sites() {
        return parts.stream().flatMap(part -> part.sites().stream()).collect(Collectors.toSet());
    }

    @Override
    public SDVariable adapt(Site site, int block, SDVariable x, SDVariable y, TunedGraph graph) {
        SDVariable result = y;
        for (Tuning part : parts) {
            if (part.sites().contains(site)) {
                result = part.adapt(site, block, x, result, graph);
            }
        }
        return result;
    }

    @Override
    public Optional<VisualPrompts> prompts() {
        return parts.stream().flatMap(part -> part.prompts().stream()).findFirst();
    }

    @Override
    public boolean batchStatistics() {
        return parts.stream().anyMatch(Tuning::batchStatistics);
    }
}
