// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.peer;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.ProviderAdvert;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

/**
 * Messages as frames: a length of four bytes, big endian, then one JSON object in UTF-8. Nothing a peer sends is believed: lengths, counts,
 * types and names are checked before they are used. Unknown members are ignored, so that a later node may say more. No state.
 */
final class ControlCodec {
    /** Longest frame, in bytes, without its length. Source: chosen; 256 providers with all their capabilities. */
    static final int FRAME_BYTES_MAX = 64 << 10;
    /** Most providers a node advertises. */
    static final int PROVIDERS_MAX = 256;
    /** Most capabilities of a provider. */
    static final int CAPABILITIES_MAX = 64;
    /** Longest name, version, capability or reason, in characters. */
    static final int TEXT_MAX = 400;

    private static final int PORT_MAX = 65_535;

    private ControlCodec() {
    }

    static void write(DataOutputStream out, ControlMessage message) throws IOException {
        var bytes = encode(message);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    /** Reads one frame. Fails with {@link Refusal} for bytes that are no message. */
    static ControlMessage read(DataInputStream in) throws IOException {
        var length = in.readInt();
        if (length < 1 || length > FRAME_BYTES_MAX) {
            throw new Refusal("frame of " + length + " bytes is not in 1.." + FRAME_BYTES_MAX + "; what sends it is no control connection");
        }
        var bytes = new byte[length];
        in.readFully(bytes);
        return decode(bytes);
    }

    static byte[] encode(ControlMessage message) {
        var json = new JsonObject();
        switch (message) {
            case ControlMessage.Hello hello -> {
                json.addProperty("type", "hello");
                json.addProperty("version", ControlMessage.WIRE_VERSION);
                json.addProperty("node", hello.node().value());
                json.addProperty("cluster", hello.cluster());
                json.addProperty("instance", hello.instance());
                json.addProperty("port", hello.port());
                json.add("providers", providers(hello.providers()));
            }
            case ControlMessage.Advert advert -> {
                json.addProperty("type", "advert");
                json.add("providers", providers(advert.providers()));
            }
            case ControlMessage.Ping ping -> {
                json.addProperty("type", "ping");
                json.addProperty("number", ping.number());
            }
            case ControlMessage.Pong pong -> {
                json.addProperty("type", "pong");
                json.addProperty("number", pong.number());
            }
            case ControlMessage.Goodbye goodbye -> {
                json.addProperty("type", "goodbye");
                json.addProperty("code", goodbye.code().name());
                json.addProperty("reason", Refusal.cut(goodbye.reason()));
            }
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    static ControlMessage decode(byte[] bytes) throws Refusal {
        try {
            var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (!(JsonParser.parseString(text) instanceof JsonObject json)) {
                throw new Refusal("frame holds no JSON object; what sends it is no control connection");
            }
            return switch (text(json, "type")) {
                case "hello" -> hello(json);
                case "advert" -> new ControlMessage.Advert(providers(json));
                case "ping" -> new ControlMessage.Ping(number(json, "number"));
                case "pong" -> new ControlMessage.Pong(number(json, "number"));
                case "goodbye" -> new ControlMessage.Goodbye(code(text(json, "code")), text(json, "reason"));
                case String other -> throw new Refusal("message type '" + Refusal.cut(other) + "' is unknown in wire version "
                        + ControlMessage.WIRE_VERSION + "; upgrade the older node");
            };
        } catch (CharacterCodingException | JsonParseException | IllegalStateException | NumberFormatException | DwcpException e) {
            throw new Refusal(Refusal.cut("frame of " + bytes.length + " bytes is no control message (" + e.getMessage() + ")"));
        }
    }

    /** Looks at the version first: the rest of another version's HELLO may mean anything. */
    private static ControlMessage hello(JsonObject json) throws Refusal {
        var version = number(json, "version");
        if (version != ControlMessage.WIRE_VERSION) {
            throw new Refusal("wire version " + version + " is unknown, this node speaks " + ControlMessage.WIRE_VERSION + "; upgrade the older node");
        }
        return new ControlMessage.Hello(NodeId.of(text(json, "node")), text(json, "cluster"), text(json, "instance"), port(json), providers(json));
    }

    private static ControlMessage.Code code(String name) {
        for (var code : ControlMessage.Code.values()) {
            if (code.name().equals(name)) {
                return code;
            }
        }
        return ControlMessage.Code.REFUSED; // a later node may know more reasons to leave
    }

    private static JsonArray providers(List<ProviderAdvert> providers) {
        var array = new JsonArray();
        for (var provider : providers) {
            var json = new JsonObject();
            json.addProperty("slot", provider.slot());
            json.addProperty("name", provider.name());
            json.addProperty("version", provider.version());
            json.addProperty("port", provider.port());
            var capabilities = new JsonArray();
            provider.capabilities().forEach(capabilities::add);
            json.add("capabilities", capabilities);
            array.add(json);
        }
        return array;
    }

    private static List<ProviderAdvert> providers(JsonObject json) throws Refusal {
        var providers = new ArrayList<ProviderAdvert>();
        for (var element : array(json, "providers", PROVIDERS_MAX)) {
            var provider = element.getAsJsonObject();
            var capabilities = new ArrayList<String>();
            for (var capability : array(provider, "capabilities", CAPABILITIES_MAX)) {
                capabilities.add(text(capability, "capability"));
            }
            providers.add(new ProviderAdvert(text(provider, "slot"), text(provider, "name"), text(provider, "version"), capabilities, port(provider)));
        }
        return List.copyOf(providers);
    }

    private static JsonArray array(JsonObject json, String name, int countMax) throws Refusal {
        if (!(json.get(name) instanceof JsonArray array) || array.size() > countMax) {
            throw new Refusal("'" + name + "' is no list of at most " + countMax);
        }
        return array;
    }

    private static int port(JsonObject json) throws Refusal {
        var port = number(json, "port");
        if (port < 0 || port > PORT_MAX) {
            throw new Refusal("port " + port + " is not in 0.." + PORT_MAX);
        }
        return (int) port;
    }

    private static long number(JsonObject json, String name) throws Refusal {
        if (json.get(name) == null || !json.get(name).isJsonPrimitive() || !json.getAsJsonPrimitive(name).isNumber()) {
            throw new Refusal("'" + name + "' is no number");
        }
        return Long.parseLong(json.get(name).getAsString());
    }

    private static String text(JsonObject json, String name) throws Refusal {
        return text(json.get(name), name);
    }

    private static String text(JsonElement element, String name) throws Refusal {
        if (element == null || !element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString() || element.getAsString().length() > TEXT_MAX) {
            throw new Refusal("'" + name + "' is no text of at most " + TEXT_MAX + " characters");
        }
        return element.getAsString();
    }
}
