// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;

/**
 * How nodes get their keys, all of it without a network: {@link #init} makes a cluster, {@link #enroll} a bundle for one more node, and
 * {@link #join} puts that bundle into the node's home. The launcher calls this class by name, in a class loader of its own, with JDK types
 * only: keep the three signatures.
 */
public final class Enrolment {
    private static final String NODE = "node.p12";
    private static final String AUTHORITY = "authority.p12";

    private final Path tls;

    /**
     * Looks at a home.
     *
     * @param etc folder of the home's configuration
     */
    Enrolment(Path etc) {
        this.tls = etc.resolve("tls");
    }

    /**
     * Makes a cluster authority and the certificate of its first node.
     *
     * @param home the node's home
     * @param name the node's name
     * @param now  the time
     * @return a line for the operator
     */
    public static String init(Path home, String name, Instant now) {
        var enrolment = new Enrolment(home.resolve("etc"));
        enrolment.make(NodeId.of(name), now);
        return "made a cluster authority and the certificate of node " + name + " in " + enrolment.tls;
    }

    /**
     * Makes the bundle of one more node: {@code NAME.p12} and {@code NAME.password}.
     *
     * @param home home with the cluster's authority
     * @param name name of the new node
     * @param out  folder for the bundle
     * @param now  the time
     * @return a line for the operator
     */
    public static String enroll(Path home, String name, Path out, Instant now) {
        var authority = new KeyFile(home.resolve("etc").resolve("tls").resolve(AUTHORITY));
        Check.argument(authority.exists(), "%s is not there, so this home cannot enroll nodes; use --home of the node that made the cluster",
                authority.path());
        var node = NodeId.of(name);
        var bundle = new KeyFile(out.resolve(name + ".p12"));
        Check.argument(!bundle.exists(), "%s is there already; delete it or choose another folder", bundle.path());
        bundle.write(new Authority(authority.read()).issue(node, now));
        return "made " + bundle.path() + " and " + bundle.passwordPath().getFileName() + "; bring both to node " + name
                + " and run: dwcp join --home HOME --from " + bundle.path().getFileName();
    }

    /**
     * Takes a bundle into a home.
     *
     * @param home the new node's home
     * @param from the bundle's {@code .p12} file, or a folder that holds just one
     * @param now  the time
     * @return a line for the operator
     */
    public static String join(Path home, Path from, Instant now) {
        var target = new Enrolment(home.resolve("etc"));
        target.refuseSecond();
        var bundle = new KeyFile(theOne(from));
        Check.argument(bundle.exists(), "bundle %s is not there; make it with: dwcp enroll NAME --home HOME --out DIR", bundle.path());
        var identity = new CertifiedIdentity(bundle.read(), now);
        new KeyFile(target.tls.resolve(NODE)).write(identity.credentials());
        return "node " + identity.id() + " is now a member of cluster " + identity.cluster() + "; its key is in " + target.tls
                + ". Delete the bundle";
    }

    boolean isDone() {
        return nodeFile().exists();
    }

    KeyFile nodeFile() {
        return new KeyFile(tls.resolve(NODE));
    }

    void make(NodeId name, Instant now) {
        refuseSecond();
        var authorityFile = new KeyFile(tls.resolve(AUTHORITY));
        // An authority without a node is what a crash between the two files leaves: finish it instead of making a second cluster.
        var authority = authorityFile.exists() ? new Authority(authorityFile.read()) : Authority.make(now);
        if (!authorityFile.exists()) {
            authorityFile.write(authority.credentials());
        }
        nodeFile().write(authority.issue(name, now));
    }

    private void refuseSecond() {
        Check.argument(!isDone(), "%s is there already: this home is a node of a cluster; use another --home, or move %s away", nodeFile().path(),
                tls);
    }

    private static Path theOne(Path from) {
        if (!Files.isDirectory(from)) {
            return from;
        }
        try {
            var found = KeyFile.below(from);
            Check.argument(found.size() == 1, "%s holds %d .p12 files; name the one with --from", from, found.size());
            return found.getFirst();
        } catch (IOException e) {
            throw new DwcpException(DwcpException.Kind.REJECTED, "folder " + from + " cannot be read (" + e + ")", e);
        }
    }
}
