// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.PeerInfo;
import org.dwcp.api.node.Peers;
import org.dwcp.api.transfer.Transfer;
import org.dwcp.api.transfer.TransferOptions;
import org.dwcp.api.transfer.TransferStatus;
import org.dwcp.api.transfer.Transfers;
import org.dwcp.orchestrator.shell.view.Screen;
import org.dwcp.orchestrator.shell.view.TransferView;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * Commands that move files. They show progress while they run: one line redrawn on a terminal, a plain line now and then otherwise. A client that
 * goes away cancels its transfer; what has arrived stays for a resume.
 */
@Component(service = TransferCommands.class)
@GogoCommand(scope = "dwcp", function = {"send", "fetch"})
@Descriptor("files between nodes")
public final class TransferCommands {
    private static final int WORDS_MAX = 64;
    private static final int PATIENCE_MAX_S = 7 * 86_400;

    private final Transfers transfers;
    private final Peers peers;

    /**
     * Makes the commands.
     *
     * @param transfers what moves files
     * @param peers     who there is
     */
    @Activate
    public TransferCommands(@Reference Transfers transfers, @Reference Peers peers) {
        this.transfers = transfers;
        this.peers = peers;
    }

    /** Sends files or folders. */
    @Descriptor("send files or folders into the inbox of a peer; it resumes where an earlier try ended")
    @Usage(words = "FILE... NODE", examples = {"send debian.img lisbon", "send debian.img lisbon --as images/base.img", "send a.iso b.iso lisbon --as images", "send debian.img lisbon --limit 20M"})
    public View send(CommandSession session,
            @Descriptor("name at the receiver; for several files the folder there") @Parameter(names = "--as", absentValue = "") String as,
            @Descriptor("seconds to go on trying while the peer is away; 120 when left out")
            @Parameter(names = "--timeout", absentValue = "120") String timeout,
            @Descriptor("most bytes a second, such as 500k, 20M, 1G; 0 is no limit; the same command with another one changes it on the way")
            @Parameter(names = "--limit", absentValue = "0") String limit,
            @Descriptor("write JSON at the end") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("FILE... NODE") String... words) {
        var checked = Words.of("send", words, 2, WORDS_MAX, known());
        var patience = Words.seconds("send", "--timeout", timeout, PATIENCE_MAX_S);
        var rate = Words.rate("send", "--limit", limit);
        var peer = NodeId.of(checked.at(checked.count() - 1));
        var sources = new ArrayList<Path>();
        for (var index = 0; index < checked.count() - 1; index++) {
            sources.add(Words.path("send", session, checked.at(index)));
        }
        Deadline.of(session).lift();
        var ended = new ArrayList<TransferStatus>();
        for (var source : sources) {
            var name = as.isEmpty() ? "" : sources.size() == 1 ? as : as + "/" + source.getFileName();
            ended.add(follow(session, transfers.send(source, peer, new TransferOptions(name, patience, rate)), json));
        }
        return new TransferView(ended).as(json);
    }

    /** Fetches a file or a folder. */
    @Descriptor("fetch a file or folder from the inbox of a peer; it resumes where an earlier try ended")
    @Usage(words = "NODE NAME [TARGET]", examples = {"fetch lisbon images/base.img", "fetch lisbon images/base.img /srv/images"})
    public View fetch(CommandSession session,
            @Descriptor("seconds to go on trying while the peer is away; 120 when left out")
            @Parameter(names = "--timeout", absentValue = "120") String timeout,
            @Descriptor("most bytes a second, such as 500k, 20M, 1G; 0 is no limit; the same command with another one changes it on the way")
            @Parameter(names = "--limit", absentValue = "0") String limit,
            @Descriptor("write JSON at the end") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("NODE NAME [TARGET]") String... words) {
        var checked = Words.of("fetch", words, 2, 3, known());
        var patience = Words.seconds("fetch", "--timeout", timeout, PATIENCE_MAX_S);
        var target = Words.path("fetch", session, checked.count() == 3 ? checked.at(2) : ".");
        Deadline.of(session).lift();
        var transfer = transfers.fetch(NodeId.of(checked.at(0)), checked.at(1), target, new TransferOptions("", patience, Words.rate("fetch", "--limit", limit)));
        return new TransferView(List.of(follow(session, transfer, json))).as(json);
    }

    private static TransferStatus follow(CommandSession session, Transfer transfer, boolean json) {
        var work = new Followed(transfer);
        var status = Following.toTheEnd(session, json, work);
        return status.transport().isEmpty() ? carriedBy(status, work.carrier) : status;
    }

    private static final class Followed implements Following.Work<TransferStatus> {
        private final Transfer transfer;
        private String carrier = "";

        Followed(Transfer transfer) {
            this.transfer = transfer;
        }

        @Override
        public TransferStatus await(Duration timeout) {
            var status = transfer.await(timeout);
            carrier = status.transport().isEmpty() ? carrier : status.transport();
            return status;
        }

        @Override
        public boolean isOver(TransferStatus status) {
            return status.state().ended();
        }

        @Override
        public String progress(TransferStatus status, Screen screen) {
            return TransferView.progress(status, screen);
        }

        @Override
        public void cancel() {
            transfer.cancel();
        }

        @Override
        public String cancelled(TransferStatus status) {
            return "cancelled at " + status.bytesDone() + " of " + status.bytes() + " bytes; the same command resumes it";
        }
    }

    /** At its end a transfer has no transport any more; people want to know which one it was. */
    private static TransferStatus carriedBy(TransferStatus s, String transport) {
        return new TransferStatus(s.id(), s.direction(), s.peer(), s.name(), s.state(), s.files(), s.filesDone(), s.bytes(), s.bytesDone(), s.bytesResumed(),
                s.bytesWire(), s.bytesPerSecond(), s.started(), s.elapsed(), transport, s.encoding(), s.moves(), s.error());
    }

    private String known() {
        return "peers: " + peers.list().stream().map(PeerInfo::id).map(NodeId::value).collect(Collectors.joining(", "));
    }
}
