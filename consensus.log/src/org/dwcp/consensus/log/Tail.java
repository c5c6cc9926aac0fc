// SPDX-License-Identifier: Apache-2.0
package org.dwcp.consensus.log;

import java.util.ArrayDeque;
import java.util.List;

/** The last entries that were applied, for people. Thread-safe. */
final class Tail {
    private static final int LINES_MAX = 1_000;
    private final ArrayDeque<String> lines = new ArrayDeque<>();

    synchronized void add(long epoch, long index, Batch batch, List<Answer> answers) {
        var text = new StringBuilder().append(epoch).append('/').append(index).append(" by ").append(batch.proposer());
        for (int i = 0; i < batch.items().size(); i++) {
            if (i == 4) {
                text.append(" and ").append(batch.items().size() - i).append(" more");
                break;
            }
            text.append(i == 0 ? " " : ", ").append(switch (batch.items().get(i)) {
                case Batch.Open open -> "open " + open.client();
                case Batch.Order order -> order.client() + "#" + order.sequence() + " " + order.body().length + " B";
                case Batch.Seal seal -> "SEAL next " + seal.next() + " asked by " + seal.requester();
            }).append(' ').append(answers.get(i).code());
        }
        add(text.toString());
    }

    synchronized void add(String line) {
        lines.add(line);
        if (lines.size() > LINES_MAX) {
            lines.remove();
        }
    }

    synchronized List<String> last(int count) {
        return lines.stream().skip(Math.max(0, lines.size() - count)).toList();
    }
}
