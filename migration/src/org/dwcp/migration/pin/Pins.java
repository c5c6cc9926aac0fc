// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.pin;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

import org.dwcp.api.DwcpException;
import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImagePin;
import org.dwcp.api.image.ImagePins;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.transfer.TransferException;
import org.dwcp.migration.file.Trees;
import org.dwcp.migration.flow.Texts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pins as a node knows them, in a file of one line a word. What other nodes have said is kept too, so that it holds while they are away. Thread-safe. */
public final class Pins {
    /** For how long a pin that was taken back is remembered: a node that was away for longer may bring it back. Source: chosen. */
    static final Duration MEMORY = Duration.ofDays(30);
    /** How far another node's clock may be ahead. Source: chosen; words of a clock that is years ahead could not be taken back. */
    static final Duration AHEAD_MAX = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(Pins.class);

    private final NodeClock clock;
    private final Path file;
    private final Words words = new Words();

    /**
     * Reads the file.
     *
     * @throws TransferException of kind BROKEN when it is damaged, and UNAVAILABLE when it cannot be read: nothing is removed while it is not known what is pinned
     */
    public Pins(NodeClock clock, Path file) {
        this.clock = clock;
        this.file = file;
        try {
            if (Files.exists(file)) {
                Files.readString(file).lines().forEach(line -> words.take(Word.of(line)));
            }
        } catch (IOException e) {
            throw new TransferException(Kind.UNAVAILABLE, "what is pinned cannot be read: " + Texts.of(e), e);
        } catch (DwcpException | IllegalArgumentException e) {
            throw new TransferException(Kind.BROKEN, file + " does not say what is pinned (" + e.getMessage() + "); mend the line, or remove the file: the nodes that pinned tell it again", e);
        }
    }

    /** Whether a version is to stay. */
    public synchronized Optional<ImagePin> of(String name, String sha256) {
        return words.on(new Word.Of(name, sha256)).filter(Word::pinned).map(Pins::pin);
    }

    /** What is pinned, by name and version. */
    public synchronized List<ImagePin> list() {
        return words.all().stream().filter(Word::pinned).map(Pins::pin).toList();
    }

    private static ImagePin pin(Word word) {
        return new ImagePin(word.about().name(), word.about().sha256(), word.note(), word.stamp().node(), Instant.ofEpochMilli(word.stamp().ms()));
    }

    /** Says that a version is to stay, or no more; durable when it returns. */
    public synchronized ImagePin say(NodeId self, String name, String sha256, boolean pinned, String note) {
        var about = new Word.Of(name, sha256);
        forget();
        if (words.on(about).filter(word -> word.stamp().node().equals(self)).isEmpty() && words.of(self).size() >= ImagePins.OWN_MAX) {
            throw new TransferException(Kind.REJECTED, "the last word on " + ImagePins.OWN_MAX + " versions is this node's, the limit; those taken back count for " + MEMORY.toDays()
                    + " days. Say it at another node");
        }
        var before = words.on(about);
        var word = words.say(about, pinned, note, clock.now().toEpochMilli(), self);
        try {
            save();
        } catch (TransferException e) {
            words.withdraw(word, before);
            throw e;
        }
        return pin(word);
    }

    private void forget() {
        words.forget(clock.now().minus(MEMORY).toEpochMilli());
    }

    private void save() {
        try {
            Files.createDirectories(file.getParent());
            Trees.replace(file, text(words.all()));
        } catch (IOException e) {
            throw new TransferException(Kind.UNAVAILABLE, "what is pinned cannot be written: " + Texts.of(e), e);
        }
    }

    private static byte[] text(List<Word> some) {
        return some.stream().map(word -> word.line() + "\n").collect(Collectors.joining()).getBytes(StandardCharsets.UTF_8);
    }

    /** What this node tells the others: its own last words. */
    public synchronized byte[] told(NodeId self) {
        forget();
        return text(words.of(self));
    }

    /**
     * Takes in what another node tells. A line that is wrong is left out with a line in the log, the others count.
     *
     * @return whether anything changed
     */
    public synchronized boolean take(NodeId owner, byte[] told) {
        boolean changed = false;
        long latestMs = clock.now().plus(AHEAD_MAX).toEpochMilli();
        long oldestMs = clock.now().minus(MEMORY).toEpochMilli();
        for (var line : new String(told, StandardCharsets.UTF_8).lines().limit(ImagePins.OWN_MAX).toList()) {
            try {
                var word = Word.of(line);
                if (!word.stamp().node().equals(owner)) {
                    throw new IllegalArgumentException("it is " + word.stamp().node() + "'s");
                }
                if (word.stamp().ms() > latestMs) {
                    throw new IllegalArgumentException("its time is more than " + AHEAD_MAX.toMinutes() + " minutes ahead; set the clocks");
                }
                changed |= (word.pinned() || word.stamp().ms() >= oldestMs) && words.take(word);
            } catch (DwcpException | IllegalArgumentException e) {
                LOG.warn("pin of node={} is not taken: {}", owner, e.getMessage());
            }
        }
        if (changed) {
            save();
        }
        return changed;
    }
}
