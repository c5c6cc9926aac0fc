// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.HybridManager;
import org.dwcp.api.hybrid.HybridOrchestrator;
import org.dwcp.api.hybrid.HybridStats;
import org.dwcp.api.hybrid.NetworkMode;
import org.dwcp.api.hybrid.RolloutPlan;
import org.dwcp.api.hybrid.SlotStatus;
import org.dwcp.api.hybrid.SwapRecord;

/** Manager, orchestrator and flags over one transport slot; every command that it gets is noted. */
public final class FakeNode implements FeatureFlags {
    public final List<String> commands = new ArrayList<>();
    public int share = 0;
    public FlagState state = FlagState.DEFAULT;
    public List<String> problems = List.of();

    @Override
    public List<String> problems() {
        return problems;
    }

    /** The manager; what is not faked fails. */
    public HybridManager manager() {
        return fake(HybridManager.class, Map.of("list", a -> List.of(Fixtures.transport(share)), "orchestrator", a -> orchestrator(),
                "stats", a -> new HybridStats(NetworkMode.INTERNET, 4, List.of(), 1, 1, 0, 0, 3, Map.of(), Optional.empty(), false),
                "switchMode", a -> noted("switchMode " + a[0] + " " + a[1])));
    }

    public HybridOrchestrator orchestrator() {
        var replies = new TreeMap<String, Reply>(Map.of(
                "rollout", a -> moved("rollout " + a[0] + " " + a[1] + " " + a[2] + " because " + a[3], ((RolloutPlan) a[2]).steps().getFirst()),
                "pauseRollout", a -> noted("pause " + a[0] + " because " + a[1]),
                "resumeRollout", a -> noted("resume " + a[0] + " because " + a[1])));
        replies.putAll(Map.of(
                "show", a -> show((String) a[0]),
                "preview", a -> Fixtures.transport((Integer) a[2]),
                "promote", a -> promote((String) a[1], (Integer) a[2], (String) a[3]),
                "rollback", a -> moved("rollback " + a[0], 0),
                "pin", a -> moved("pin " + a[0] + " " + a[1], 100),
                "unpin", a -> moved("unpin " + a[0], 0),
                "killSwitch", a -> moved("killSwitch", 0),
                "releaseKillSwitch", a -> moved("releaseKillSwitch", 100),
                "history", a -> List.of(Fixtures.swap(10, SwapRecord.Outcome.COMMITTED, "")),
                "mode", a -> Fixtures.mode(false)));
        return fake(HybridOrchestrator.class, replies);
    }

    private static SlotStatus show(String slot) {
        if (!slot.equals("transport")) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "slot '" + slot + "' is unknown; slots: transport");
        }
        return Fixtures.transport(0);
    }

    private List<SwapRecord> promote(String provider, int percent, String reason) {
        if (!provider.endsWith("v3")) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "provider '" + provider + "' is unknown; providers: transport.v3");
        }
        return moved("promote transport " + provider + " " + percent + " because " + reason, percent);
    }

    private List<SwapRecord> moved(String command, int to) {
        commands.add(command);
        share = to;
        return List.of(Fixtures.swap(to, SwapRecord.Outcome.COMMITTED, ""));
    }

    private Object noted(String command) {
        commands.add(command);
        return null;
    }

    @Override
    public FlagState state() {
        return state;
    }

    @Override
    public FlagState update(UnaryOperator<FlagState> change) {
        commands.add("flags");
        state = change.apply(state);
        return state;
    }

    @Override
    public boolean shouldUseV3(NodeId node) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isComponentEnabled(String component) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void enableAll(int rolloutPercentage) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void disableAll() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Registration onChange(Consumer<FlagState> listener) {
        throw new UnsupportedOperationException();
    }

    /** Answers one call of a faked method. */
    @FunctionalInterface
    public interface Reply {
        Object to(Object[] arguments);
    }

    /** An object of an interface that answers the named methods and refuses all others. */
    public static <T> T fake(Class<T> type, Map<String, Reply> replies) {
        var known = new TreeMap<>(replies);
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (!known.containsKey(method.getName())) {
                throw new UnsupportedOperationException(type.getSimpleName() + "." + method.getName());
            }
            return known.get(method.getName()).to(arguments);
        }));
    }
}
