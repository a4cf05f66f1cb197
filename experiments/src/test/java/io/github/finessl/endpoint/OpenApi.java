package io.github.finessl.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.finessl.report.Json;
import io.github.finessl.web.RawHttp.Answer;
import java.io.IOException;
import java.util.Locale;

/** The description of an endpoint, to which answers are held. */
record OpenApi(JsonNode document) {

    static OpenApi of(TestEndpoint endpoint) throws IOException {
        return new OpenApi(endpoint.get("/openapi.json").json());
    }

    /** Makes sure that an answer is what the description says of its operation and status. */
    void check(String method, String path, Answer answer) throws IOException {
        JsonNode responses = document.get("paths")
                .get(path)
                .get(method.toLowerCase(Locale.ROOT))
                .get("responses");
        JsonNode response = resolved(
                responses.has("" + answer.status()) ? responses.get("" + answer.status()) : responses.get("default"));
        JsonNode content = response.get("content");
        String type = answer.header()
                .lines()
                .filter(line -> line.startsWith("Content-Type: "))
                .map(line -> line.substring("Content-Type: ".length()).replaceFirst(";.*", ""))
                .findFirst()
                .orElseThrow();
        assertThat(content.fieldNames()).toIterable().contains(type);
        if (type.endsWith("json")) {
            checkSchema(content.get(type).get("schema"), answer.json());
        }
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
    }

    private void checkSchema(JsonNode schema, JsonNode value) throws IOException {
        String components = Json.MAPPER.writeValueAsString(document.get("components"));
        String whole = "{\"allOf\":[" + schema + "],\"components\":" + components + "}";
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(whole)
                        .validate(value.toString(), InputFormat.JSON))
                .as(value.toString())
                .isEmpty();
    }
}
