// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.consensus.ConsensusException;
import org.dwcp.api.consensus.ConsensusException.Reason;
import org.dwcp.api.consensus.EntryMachine;
import org.dwcp.api.consensus.Member;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What members ask each other about a group's chain. Every question has one answer; none is needed for safety, all are repeated by who needs them. One question of a kind
 * to a peer at a time. Thread-safe.
 */
final class Questions {
    /** Most bytes of a state that travel in one answer. Source: half of what a call carries. */
    static final int CHUNK_BYTES = 512 << 10;
    /** Most certificates in one answer. */
    static final int CERTIFICATES_MAX = 64;
    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

    enum Kind { SIGNATURE, CERTIFICATE, EPOCH, CHAIN, STATE, PREPARE, APPROVAL, GROUP }

    /** Answers from what this node has; called on any thread. */
    interface Answers {
        void event(ChainCore.Event event);

        long openEpoch();

        List<Certificate> certificates(long from);

        Optional<byte[]> state(long epoch);

        void prepare(NodeId from, long epoch, String provider, List<Member> members);

        Optional<byte[]> approval(long epoch, String provider);

        byte[] group();
    }

    private final String group;
    private final Wire wire;
    private final Set<String> asking = ConcurrentHashMap.newKeySet();

    Questions(String group, Wire wire) {
        this.group = group;
        this.wire = wire;
    }

    private byte[] question(Kind kind, Items.Writer body) {
        return Items.bytes(out -> {
            Items.writeText(out, group);
            out.writeByte(kind.ordinal());
            body.to(out);
        });
    }

    /** Asks on a thread of its own, unless the same is being asked already. */
    private void ask(NodeId peer, Kind kind, Items.Writer body, Consumer<byte[]> answer, Runnable failed) {
        var key = peer + " " + kind;
        if (!asking.add(key)) {
            return;
        }
        Thread.ofVirtual().name("consensus.log.ask").start(() -> {
            try {
                answer.accept(wire.ask(peer, question(kind, body)));
            } catch (RuntimeException e) {
                LOG.debug("consensus.log group={} question={} peer={} failed: {}", group, kind, peer, e.toString());
                failed.run();
            } finally {
                asking.remove(key);
            }
        });
    }

    void sendSignature(NodeId peer, Statement statement, byte[] signature) {
        ask(peer, Kind.SIGNATURE, out -> {
            statement.write(out);
            Items.writeBlock(out, signature);
        }, none -> { }, () -> { });
    }

    void sendCertificate(NodeId peer, Certificate certificate) {
        ask(peer, Kind.CERTIFICATE, certificate::write, none -> { }, () -> { });
    }

    void askEpoch(NodeId peer, long own, Consumer<Long> answer) {
        ask(peer, Kind.EPOCH, out -> out.writeLong(own), bytes -> answer.accept(Items.read("epoch", bytes, java.io.DataInputStream::readLong)), () -> { });
    }

    void fetchCertificates(NodeId peer, long from, Consumer<List<Certificate>> answer) {
        ask(peer, Kind.CHAIN, out -> out.writeLong(from), bytes -> answer.accept(Items.read("chain", bytes, in -> {
            var certificates = new ArrayList<Certificate>();
            for (int left = Items.readCount(in, CERTIFICATES_MAX); left > 0; left--) {
                certificates.add(Certificate.read(in));
            }
            return certificates;
        })), () -> { });
    }

    /** Fetches a state piece by piece. Whether it is the right one is for the certificate to say. */
    void fetchState(NodeId peer, long epoch, Consumer<byte[]> answer, Runnable failed) {
        var key = peer + " state";
        if (!asking.add(key)) {
            return;
        }
        Thread.ofVirtual().name("consensus.log.fetch").start(() -> {
            try {
                byte[] state = piece(peer, epoch, 0, null);
                for (int have = CHUNK_BYTES; have < state.length; have += CHUNK_BYTES) {
                    piece(peer, epoch, have, state);
                }
                answer.accept(state);
            } catch (RuntimeException e) {
                LOG.debug("consensus.log group={} state of epoch {} from {} failed: {}", group, epoch, peer, e.toString());
                failed.run();
            } finally {
                asking.remove(key);
            }
        });
    }

    private byte[] piece(NodeId peer, long epoch, int offset, byte[] into) {
        byte[] answer = wire.ask(peer, question(Kind.STATE, out -> {
            out.writeLong(epoch);
            out.writeInt(offset);
        }));
        return Items.read("state", answer, in -> {
            int total = in.readInt();
            byte[] piece = Items.readBlock(in, CHUNK_BYTES);
            if (total < 0 || total > EntryMachine.SNAPSHOT_BYTES_MAX || into != null && total != into.length || piece.length != Math.min(CHUNK_BYTES, total - offset)) {
                throw new IOException("piece of " + piece.length + " bytes at " + offset + " of " + total);
            }
            byte[] state = into == null ? new byte[total] : into;
            System.arraycopy(piece, 0, state, offset, piece.length);
            return state;
        });
    }

    /** Asks a member to get ready for the next epoch; throws what it has against it. */
    void prepare(NodeId peer, long epoch, String provider, List<Member> members) {
        wire.ask(peer, question(Kind.PREPARE, out -> {
            out.writeLong(epoch);
            Items.writeText(out, provider);
            Items.writeMembers(out, members);
        }));
    }

    /** Asks for a member's approval of lower tolerance; empty when it has given none. */
    Optional<byte[]> approval(NodeId peer, long epoch, String provider) {
        byte[] answer = wire.ask(peer, question(Kind.APPROVAL, out -> {
            out.writeLong(epoch);
            Items.writeText(out, provider);
        }));
        return answer.length == 64 ? Optional.of(answer) : Optional.empty();
    }

    byte[] group(NodeId peer) {
        return wire.ask(peer, question(Kind.GROUP, out -> { }));
    }

    /** Reads the name of the group that a question is about. */
    static String groupOf(byte[] question) {
        try {
            return Items.readText(new java.io.DataInputStream(new java.io.ByteArrayInputStream(question)), 48);
        } catch (IOException e) {
            throw new ConsensusException(Reason.UNKNOWN_GROUP, "question of " + question.length + " bytes cannot be read: " + e.getMessage());
        }
    }

    /** Answers a member's question. */
    static byte[] answer(NodeId from, byte[] question, Answers answers) {
        return Items.read("question", question, in -> {
            Items.readText(in, 48);
            int kind = in.readUnsignedByte();
            if (kind >= Kind.values().length) {
                throw new IOException("its kind " + kind + " is unknown");
            }
            switch (Kind.values()[kind]) {
                case SIGNATURE -> answers.event(new ChainCore.Event.Signature(from, Statement.read(in), Items.readBlock(in, 64)));
                case CERTIFICATE -> answers.event(new ChainCore.Event.Certificates(from, List.of(Certificate.read(in))));
                case EPOCH -> {
                    answers.event(new ChainCore.Event.PeerAt(from, in.readLong()));
                    return Items.bytes(out -> out.writeLong(answers.openEpoch()));
                }
                case CHAIN -> {
                    var certificates = answers.certificates(in.readLong()).stream().limit(CERTIFICATES_MAX).toList();
                    return Items.bytes(out -> {
                        out.writeInt(certificates.size());
                        for (Certificate certificate : certificates) {
                            certificate.write(out);
                        }
                    });
                }
                case STATE -> {
                    return piece(answers, in.readLong(), in.readInt());
                }
                case PREPARE -> answers.prepare(from, in.readLong(), Items.readText(in, 64), Items.readMembers(in));
                case APPROVAL -> {
                    return answers.approval(in.readLong(), Items.readText(in, 64)).orElse(new byte[0]);
                }
                case GROUP -> {
                    return answers.group();
                }
            }
            return new byte[0];
        });
    }

    private static byte[] piece(Answers answers, long epoch, int offset) {
        byte[] state = answers.state(epoch).orElseThrow(() -> new DwcpException(DwcpException.Kind.UNAVAILABLE, "the state of epoch " + epoch + " is not here"));
        org.dwcp.api.Check.argument(offset >= 0 && offset <= state.length, "offset %d is not in 0..%d", offset, state.length);
        int length = Math.min(CHUNK_BYTES, state.length - offset);
        return Items.bytes(out -> {
            out.writeInt(state.length);
            Items.writeBlock(out, java.util.Arrays.copyOfRange(state, offset, offset + length));
        });
    }
}
