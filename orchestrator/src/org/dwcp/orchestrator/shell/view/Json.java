// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import org.dwcp.api.NodeId;

/**
 * The JSON form of an answer: the record's components under their names. Moments are ISO 8601 in UTC, durations are seconds with fraction.
 *
 * @param view the answer
 */
public record Json(View view) implements View {
    private static final Gson GSON = new GsonBuilder()
            .registerTypeAdapter(Instant.class, (JsonSerializer<Instant>) (value, type, context) -> new JsonPrimitive(value.toString()))
            .registerTypeAdapter(Duration.class, (JsonSerializer<Duration>) (value, type, context) -> new JsonPrimitive(value.toNanos() / 1e9))
            .registerTypeAdapter(NodeId.class, (JsonSerializer<NodeId>) (value, type, context) -> new JsonPrimitive(value.value()))
            .registerTypeHierarchyAdapter(Optional.class, (JsonSerializer<Optional<?>>) (value, type, context) -> optional(value, context::serialize))
            .disableHtmlEscaping()
            .setPrettyPrinting()
            .serializeNulls()
            .create();

    @Override
    public String render(Screen screen) {
        return GSON.toJson(view);
    }

    @Override
    public boolean good() {
        return view.good();
    }

    private static JsonElement optional(Optional<?> value, java.util.function.Function<Object, JsonElement> serialize) {
        return value.isPresent() ? serialize.apply(value.get()) : JsonNull.INSTANCE;
    }
}
