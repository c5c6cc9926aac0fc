// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.flags;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.Registration;
import org.dwcp.api.hybrid.FeatureFlags;
import org.dwcp.api.hybrid.FlagState;
import org.dwcp.api.hybrid.RouteKey;
import org.dwcp.orchestrator.config.Listeners;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flags of one node: one immutable state behind a volatile field, changed under a short lock, told to listeners in order outside of it,
 * then written to the file.
 *
 * <p>Invariants: readers never wait; a change is in force before the file is touched, so a full disk cannot stop a kill switch; the file holds
 * the newest state when the last {@link #update} has returned; an edit that was not yet seen when {@code update} is called is merged: the
 * change is applied to it again.
 */
public final class StoredFlags implements FeatureFlags {
    /** Steps of the consistent hash: a percentage is exact to 0.01 percentage points. */
    private static final int STEPS = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(StoredFlags.class);

    private final Optional<FlagFile> file;
    private final Overrides overrides;
    private final Listeners<FlagState> listeners = new Listeners<>("flags");
    private final Object changing = new Object(); // guards the three below and the overrides; nobody is called while it is held
    private final Object writing = new Object(); // serialises access to the file; taken before changing, never after
    private final List<UnaryOperator<FlagState>> unsaved = new ArrayList<>(); // one a caller of update() that waits for the disk
    private FlagState fileState = FlagState.DEFAULT;
    private String fileProblem = "";
    private volatile FlagState state = FlagState.DEFAULT;

    private StoredFlags(Optional<FlagFile> file, UnaryOperator<String> environment) {
        this.file = file;
        this.overrides = new Overrides(environment);
    }

    /** Makes flags that nothing keeps: for a manager that stands alone. */
    public static StoredFlags inMemory() {
        return new StoredFlags(Optional.empty(), name -> null);
    }

    /** Makes flags kept in a file, read now; a missing file is written with the defaults. */
    static StoredFlags in(FlagFile file, UnaryOperator<String> environment) {
        StoredFlags flags = new StoredFlags(Optional.of(file), environment);
        flags.readAtStart(file);
        return flags;
    }

    private void readAtStart(FlagFile from) {
        try {
            Optional<FlagState> loaded = from.load();
            fileState = loaded.orElse(FlagState.DEFAULT);
            state = overrides.over(fileState);
            if (loaded.isEmpty()) {
                from.save(fileState);
            }
        } catch (DwcpException e) {
            fileProblem = e.getMessage();
            fileState = from.loadLastGood().orElse(FlagState.DEFAULT);
            state = overrides.over(fileState);
            LOG.error("flags refused problem=\"{}\" action=last-good-state-used; mend the file, it is read again at once", fileProblem);
        } catch (IOException e) { // read-only etc: the node works, changes cannot be kept
            fileProblem = from.path() + " cannot be written: " + e.getMessage();
            LOG.warn("flags unwritable problem=\"{}\"", fileProblem);
        }
    }

    @Override
    public FlagState state() {
        return state;
    }

    @Override
    public FlagState update(UnaryOperator<FlagState> change) {
        Objects.requireNonNull(change);
        synchronized (changing) {
            FlagState after = Objects.requireNonNull(change.apply(state), "a change of flags gave nothing");
            overrides.changed(state, after);
            apply(after);
            unsaved.add(change);
        }
        listeners.deliver(); // in force from here on, whatever the disk does
        try {
            save();
        } finally {
            synchronized (changing) {
                unsaved.remove(change);
            }
        }
        return state;
    }

    /** Called under the lock. */
    private void apply(FlagState after) {
        if (after.equals(state)) {
            return;
        }
        LOG.info("flags changed v3RolloutPercentage={} forceV1Mode={} enableV3={} enableHybridMode={} enableModeDetection={} pins={} rollouts={}",
                after.v3RolloutPercentage(), after.forceV1Mode(), after.enableV3(), after.enableHybridMode(), after.enableModeDetection(),
                after.pins(), after.rollouts());
        state = after;
        listeners.offer(after);
    }

    private void save() {
        if (file.isEmpty()) {
            return;
        }
        synchronized (writing) {
            read(file.get());
            write(file.get());
        }
        listeners.deliver(); // of an edit that was found
    }

    private void write(FlagFile to) {
        FlagState wanted;
        synchronized (changing) {
            wanted = overrides.under(state, fileState);
            if (wanted.equals(fileState) && fileProblem.isEmpty()) {
                return;
            }
        }
        try {
            to.save(wanted);
            synchronized (changing) {
                fileState = wanted;
                fileProblem = "";
            }
        } catch (IOException e) {
            String problem = to.path() + " cannot be written: " + e.getMessage();
            synchronized (changing) {
                fileProblem = problem;
            }
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE,
                    problem + "; the change is in force until restart. Make room or mend the permissions and repeat it");
        }
    }

    /** Reads the file when it is another one than before: the watcher's one step. */
    void reload() {
        if (file.isEmpty()) {
            return;
        }
        synchronized (writing) {
            read(file.get());
        }
        listeners.deliver();
    }

    private void read(FlagFile from) {
        if (!from.changed()) {
            return;
        }
        try {
            Optional<FlagState> loaded = from.load();
            if (loaded.isPresent()) {
                take(loaded.get());
            } else {
                LOG.warn("flags missing path={} action=state-kept; the next change writes it again", from.path());
            }
        } catch (DwcpException e) {
            if (e.kind() == DwcpException.Kind.RETRY) {
                return; // interrupted by stop
            }
            synchronized (changing) {
                fileProblem = e.getMessage();
            }
            LOG.error("flags refused problem=\"{}\" action=last-good-state-kept; mend the file, it is read again at once", e.getMessage());
        }
    }

    /** Puts an edited file in force, and on top of it the changes that are on their way to the file. */
    private void take(FlagState loaded) {
        synchronized (changing) {
            overrides.changed(fileState, loaded);
            fileState = loaded;
            fileProblem = "";
            FlagState after = overrides.over(loaded);
            for (UnaryOperator<FlagState> change : unsaved) {
                after = change.apply(after);
            }
            apply(after);
        }
    }

    /** Lists what an operator should know of where the flags come from: overrides that hold, and what is wrong with file or environment. */
    public List<String> notes() {
        synchronized (changing) {
            List<String> notes = new ArrayList<>(overrides.shown());
            notes.addAll(overrides.problems());
            if (!fileProblem.isEmpty()) {
                notes.add(fileProblem);
            }
            return notes;
        }
    }

    @Override
    public List<String> problems() {
        synchronized (changing) {
            List<String> problems = new ArrayList<>(overrides.problems());
            if (!fileProblem.isEmpty()) {
                problems.add(fileProblem);
            }
            return problems;
        }
    }

    @Override
    public boolean shouldUseV3(NodeId node) {
        FlagState now = state;
        long step = Long.remainderUnsigned(RouteKey.hash(now.salt() + "/" + node.value()), STEPS);
        return !now.forceV1Mode() && step < now.v3RolloutPercentage() * (STEPS / 100L);
    }

    @Override
    public boolean isComponentEnabled(String component) {
        FlagState now = state;
        String slot = Components.of(component).map(Components::slot).orElse(component);
        Check.argument(Components.of(component).isPresent() || now.enableV3().containsKey(slot), "component '%s' is unknown; use one of %s",
                component, Components.names());
        return !now.forceV1Mode() && now.enabled(slot);
    }

    @Override
    public void enableAll(int rolloutPercentage) {
        update(now -> withAll(now, true).withRolloutPercentage(rolloutPercentage).withForceV1(false));
    }

    @Override
    public void disableAll() {
        update(now -> withAll(now, false).withRolloutPercentage(0).withForceV1(true));
    }

    /** Sets the six flags and those of every other slot that is named. */
    private static FlagState withAll(FlagState state, boolean enabled) {
        FlagState changed = state;
        for (FlagKey key : FlagKey.values()) {
            changed = key.slot().isPresent() ? key.set(changed, enabled) : changed;
        }
        for (Map.Entry<String, Boolean> other : state.enableV3().entrySet()) {
            changed = changed.withEnabled(other.getKey(), enabled);
        }
        return changed;
    }

    @Override
    public Registration onChange(Consumer<FlagState> listener) {
        return listeners.add(listener);
    }
}
