// SPDX-License-Identifier: Apache-2.0
package org.dwcp.gossip;

import java.util.List;

import org.dwcp.api.NodeId;

/** What nodes say to each other. Who says it is known from the connection and stands in no message. Immutable. */
sealed interface Message {
    /** Most nodes in a sample. Source: HyParView's own node, 3 active and 4 passive, doubled for settings. */
    int NODES_MAX = 16;
    /** Most marks in a message. Source: chosen; 100 KiB at the longest names. */
    int MARKS_MAX = 512;
    /** Buckets of the digest: one bit each of a long. */
    int BUCKETS = Long.SIZE;

    /** I am new and want you as a neighbour. */
    record Join() implements Message {
    }

    /** A new node walks through the overlay, and stays where the walk ends. */
    record ForwardJoin(NodeId node, int ttl) implements Message {
    }

    /** Be my neighbour; urgent when I have no other, then you give one of yours up. */
    record Neighbour(boolean urgent) implements Message {
    }

    /** Answer to {@link Join} and {@link Neighbour}. */
    record NeighbourReply(boolean accepted) implements Message {
    }

    /** You are not my neighbour any more. */
    record Disconnect() implements Message {
    }

    /** A sample of nodes on a walk; the node where it ends answers the origin with one of its own. */
    record Shuffle(NodeId origin, int ttl, List<NodeId> nodes) implements Message {
        public Shuffle {
            nodes = List.copyOf(nodes);
        }
    }

    /** Answer to {@link Shuffle}. */
    record ShuffleReply(List<NodeId> nodes) implements Message {
        public ShuffleReply {
            nodes = List.copyOf(nodes);
        }
    }

    /** A value. Pushed: along the tree, a second copy prunes the branch. Not pushed: it was asked for by anti-entropy. */
    record Value(SignedValue value, int hops, boolean pushed) implements Message {
    }

    /** I have these; ask when the tree does not bring them. */
    record IHave(List<Mark> marks) implements Message {
        public IHave {
            marks = List.copyOf(marks);
        }
    }

    /** Send these, and be in my tree from now on. */
    record Graft(List<Mark> marks) implements Message {
        public Graft {
            marks = List.copyOf(marks);
        }
    }

    /** I get it from elsewhere sooner: only announce from now on. */
    record Prune() implements Message {
    }

    /** Sums of all I know, by bucket. */
    record Digest(List<Long> sums) implements Message {
        public Digest {
            sums = List.copyOf(sums);
        }
    }

    /** All that I know in some buckets: bit i of the mask stands for bucket i. */
    record Marks(long mask, List<Mark> marks) implements Message {
        public Marks {
            marks = List.copyOf(marks);
        }
    }

    /** Send these; the tree stays as it is. */
    record Want(List<Mark> marks) implements Message {
        public Want {
            marks = List.copyOf(marks);
        }
    }
}
