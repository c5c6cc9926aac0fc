// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RolloutPlan;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;

/**
 * The text of {@code flags.json}. Reading is strict: an unknown or repeated name, a wrong type, a value out of range or anything after the end
 * is refused, so that a typing error in a kill switch is noticed at once. A name that is left out has its default.
 */
final class FlagJson {
    /** Flags of slots that have none of their own. */
    static final String OTHER_SLOTS = "EnableV3Other";
    static final String PINS = "Pins";
    static final String ROLLOUTS = "Rollouts";
    private static final Set<String> ROLLOUT = Set.of("Provider", "Share", "Id");
    private static final List<String> PLAN = List.of("Steps", "DwellSeconds", "Calls", "Paused");
    /** Most entries of a table. Source: chosen; a node has seven slots and a few of third parties. */
    static final int ENTRIES_MAX = 256;
    private static final int NAME_CHARACTERS_MAX = 128;
    private static final Pattern WHOLE = Pattern.compile("-?\\d{1,9}");

    private FlagJson() {
    }

    /**
     * Reads flags.
     *
     * @throws DwcpException of kind REJECTED that says where and what
     */
    static FlagState read(String text) {
        try (JsonReader json = new JsonReader(new StringReader(text))) {
            json.setStrictness(Strictness.STRICT);
            FlagState state = object(json);
            Check.argument(json.peek() == JsonToken.END_DOCUMENT, "text after the closing brace at %s", json.getPath());
            return state;
        } catch (IOException | IllegalStateException | NumberFormatException e) { // what Gson throws for text that is no JSON or ends too early
            throw new DwcpException(DwcpException.Kind.REJECTED, "not valid JSON: " + place(e));
        }
    }

    /** Gson's first line without its advice to programmers. */
    private static String place(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("")
                .replace("Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON", "malformed");
    }

    private static FlagState object(JsonReader json) throws IOException {
        FlagState state = FlagState.DEFAULT;
        Set<String> seen = new HashSet<>();
        begin(json, "the flags");
        while (json.hasNext()) {
            String name = name(json, seen);
            Optional<FlagKey> key = FlagKey.of(name);
            if (key.isPresent()) {
                state = key.get().set(state, value(json, key.get().type(), name));
            } else if (name.equals(OTHER_SLOTS)) {
                for (var other : table(json, name, r -> (Boolean) value(r, Boolean.class, name)).entrySet()) {
                    Check.argument(Components.of(other.getKey()).filter(c -> c != Components.DISCOVERY).isEmpty(),
                            "'%s' in %s has a flag of its own; use that", other.getKey(), OTHER_SLOTS);
                    state = state.withEnabled(other.getKey(), other.getValue());
                }
            } else if (name.equals(PINS)) {
                state = state.withRouting(table(json, name, r -> (String) value(r, String.class, name)), state.rollouts());
            } else if (name.equals(ROLLOUTS)) {
                state = state.withRouting(state.pins(), table(json, name, FlagJson::rollout));
            } else {
                throw new DwcpException(DwcpException.Kind.REJECTED, "flag '" + name + "' is unknown; the known ones are " + known());
            }
        }
        json.endObject();
        return state;
    }

    private static String known() {
        StringBuilder names = new StringBuilder();
        for (FlagKey key : FlagKey.values()) {
            names.append(key.label()).append(", ");
        }
        return names.append(OTHER_SLOTS).append(", ").append(PINS).append(", ").append(ROLLOUTS).toString();
    }

    private static FlagState.Rollout rollout(JsonReader json) throws IOException {
        Map<String, Object> parts = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        begin(json, "a rollout");
        while (json.hasNext()) {
            String name = name(json, seen);
            Check.argument(ROLLOUT.contains(name) || PLAN.contains(name), "'%s' of a rollout is unknown; use Provider, Share and Id, and for a plan %s", name,
                    String.join(", ", PLAN));
            parts.put(name, name.equals("Steps") ? steps(json) : value(json, name.equals("Paused") ? Boolean.class
                    : Set.of("Share", "DwellSeconds", "Calls").contains(name) ? Integer.class : String.class, name));
        }
        json.endObject();
        Check.argument(parts.keySet().containsAll(ROLLOUT), "a rollout at %s has only %s; give Provider, Share and Id", json.getPath(), parts.keySet());
        return new FlagState.Rollout((String) parts.get("Provider"), (Integer) parts.get("Share"), (String) parts.get("Id"), plan(parts));
    }

    /** A plan is there when it has steps; what else is left out has its default. */
    private static Optional<RolloutPlan> plan(Map<String, Object> parts) {
        RolloutPlan without = RolloutPlan.DEFAULT;
        if (!parts.containsKey("Steps")) {
            Check.argument(parts.size() == ROLLOUT.size(), "a rollout with %s has no Steps; give them, as [10, 50, 100]", parts.keySet());
            return Optional.empty();
        }
        @SuppressWarnings("unchecked") // read by steps() below
        List<Integer> steps = (List<Integer>) parts.get("Steps");
        return Optional.of(new RolloutPlan(steps,
                Duration.ofSeconds((Integer) parts.getOrDefault("DwellSeconds", (int) without.dwell().toSeconds())),
                (Integer) parts.getOrDefault("Calls", without.calls()), (Boolean) parts.getOrDefault("Paused", without.paused())));
    }

    private static List<Integer> steps(JsonReader json) throws IOException {
        List<Integer> steps = new ArrayList<>();
        Check.argument(json.peek() == JsonToken.BEGIN_ARRAY, "Steps at %s is not a list in brackets", json.getPath());
        json.beginArray();
        while (json.hasNext()) {
            Check.argument(steps.size() < RolloutPlan.STEPS_MAX, "Steps has more than %d", RolloutPlan.STEPS_MAX);
            steps.add((Integer) value(json, Integer.class, "Steps"));
        }
        json.endArray();
        return steps;
    }

    private interface Reader<V> {
        V read(JsonReader json) throws IOException;
    }

    private static <V> Map<String, V> table(JsonReader json, String what, Reader<V> reader) throws IOException {
        Map<String, V> table = new TreeMap<>();
        Set<String> seen = new HashSet<>();
        begin(json, what);
        while (json.hasNext()) {
            String slot = name(json, seen);
            Check.argument(table.size() < ENTRIES_MAX, "%s has more than %d entries", what, ENTRIES_MAX);
            table.put(slot, reader.read(json));
        }
        json.endObject();
        return table;
    }

    private static void begin(JsonReader json, String what) throws IOException {
        Check.argument(json.peek() == JsonToken.BEGIN_OBJECT, "%s at %s is not an object in braces", what, json.getPath());
        json.beginObject();
    }

    private static String name(JsonReader json, Set<String> seen) throws IOException {
        String name = json.nextName();
        Check.argument(!name.isEmpty() && name.length() <= NAME_CHARACTERS_MAX, "name of %d characters is not 1 to %d long", name.length(),
                NAME_CHARACTERS_MAX);
        Check.argument(seen.add(name), "'%s' is given twice", name);
        return name;
    }

    private static Object value(JsonReader json, Class<?> type, String name) throws IOException {
        JsonToken token = json.peek();
        JsonToken wanted = type == Boolean.class ? JsonToken.BOOLEAN : type == Integer.class ? JsonToken.NUMBER : JsonToken.STRING;
        Check.argument(token == wanted, "%s at %s is a %s, not a %s", name, json.getPath(), token.name().toLowerCase(java.util.Locale.ROOT),
                wanted.name().toLowerCase(java.util.Locale.ROOT));
        if (type == Boolean.class) {
            return json.nextBoolean();
        }
        String text = json.nextString();
        if (type == Integer.class) {
            Check.argument(WHOLE.matcher(text).matches(), "%s %s is not a whole number", name, text);
            return Integer.valueOf(text);
        }
        Check.argument(!text.isEmpty() && text.length() <= NAME_CHARACTERS_MAX, "%s of %d characters is not 1 to %d long", name, text.length(),
                NAME_CHARACTERS_MAX);
        return text;
    }

    /** Writes flags, one a line, in a fixed order. */
    static String write(FlagState state) {
        StringWriter text = new StringWriter();
        try (JsonWriter json = new JsonWriter(text)) {
            json.setIndent("  ");
            json.beginObject();
            for (FlagKey key : FlagKey.values()) {
                json.name(key.label());
                switch (key.get(state)) {
                    case Boolean flag -> json.value(flag);
                    case Integer number -> json.value(number);
                    case Object other -> json.value(other.toString());
                }
            }
            json.name(OTHER_SLOTS).beginObject();
            for (var slot : state.enableV3().entrySet()) {
                if (!hasOwnFlag(slot.getKey())) {
                    json.name(slot.getKey()).value(slot.getValue());
                }
            }
            json.endObject().name(PINS).beginObject();
            for (var pin : state.pins().entrySet()) {
                json.name(pin.getKey()).value(pin.getValue());
            }
            json.endObject().name(ROLLOUTS).beginObject();
            for (var entry : state.rollouts().entrySet()) {
                FlagState.Rollout rollout = entry.getValue();
                json.name(entry.getKey()).beginObject().name("Provider").value(rollout.provider()).name("Share").value(rollout.share()).name("Id")
                        .value(rollout.id());
                if (rollout.plan().isPresent()) {
                    write(json, rollout.plan().get());
                }
                json.endObject();
            }
            json.endObject().endObject();
        } catch (IOException e) {
            throw new IllegalStateException(e); // a StringWriter cannot fail
        }
        return text.append('\n').toString();
    }

    private static void write(JsonWriter json, RolloutPlan plan) throws IOException {
        json.name("Steps").beginArray();
        for (int step : plan.steps()) {
            json.value(step);
        }
        json.endArray().name("DwellSeconds").value(plan.dwell().toSeconds()).name("Calls").value(plan.calls()).name("Paused").value(plan.paused());
    }

    private static boolean hasOwnFlag(String slot) {
        for (FlagKey key : FlagKey.values()) {
            if (key.slot().filter(slot::equals).isPresent()) {
                return true;
            }
        }
        return false;
    }
}
