// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node.identity;

import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

import javax.net.ssl.SSLContext;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.NodeId;
import org.dwcp.api.node.NodeClock;
import org.dwcp.api.node.NodeFolders;
import org.dwcp.api.node.NodeIdentity;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the identity found in {@code etc/tls}. A home without one becomes the first node of a new cluster, so that a first start needs no
 * preparation. What stops it is told to the launcher, which stops the node with the message.
 */
@Component(service = NodeIdentity.class)
public final class IdentityComponent implements NodeIdentity {
    /** Framework property: the node's name. */
    public static final String NAME = "dwcp.name";
    /** Marks the launcher's service that hears why a part cannot start. */
    public static final String FAILURE_TARGET = "(dwcp.launcher=failure)";

    private static final Logger LOG = LoggerFactory.getLogger(IdentityComponent.class);
    private static final String NAME_DEFAULT = "node";
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);

    private final CertifiedIdentity identity;

    /**
     * Reads the identity, or makes one.
     *
     * @param context gives the framework property {@link #NAME}
     * @param folders the node's folders
     * @param clock   the node's clock
     * @param failure told why the node cannot start, may be absent
     */
    @Activate
    public IdentityComponent(BundleContext context, @Reference NodeFolders folders, @Reference NodeClock clock,
            @Reference(cardinality = ReferenceCardinality.OPTIONAL, target = FAILURE_TARGET) Consumer<String> failure) {
        try {
            identity = load(new Enrolment(folders.etc()), context.getProperty(NAME), clock);
        } catch (DwcpException e) {
            if (failure != null) {
                failure.accept(e.getMessage());
            }
            throw e;
        }
    }

    private static CertifiedIdentity load(Enrolment enrolment, String name, NodeClock clock) {
        if (!enrolment.isDone()) {
            enrolment.make(NodeId.of(name == null || name.isBlank() ? NAME_DEFAULT : name), clock.now());
            LOG.info("identity created file={} a new cluster with its own authority; other nodes join by enroll and join",
                    enrolment.nodeFile().path());
        }
        var identity = new CertifiedIdentity(enrolment.nodeFile().read(), clock.now());
        Check.argument(name == null || name.isBlank() || name.equals(identity.id().value()),
                "this home belongs to node %s, not to %s; leave --name out or use another --home", identity.id(), name);
        var left = identity.lifeLeft(clock.now());
        LOG.info("identity node={} cluster={} days={}", identity.id(), identity.cluster(), left.toDays());
        if (left.compareTo(RENEW_BEFORE) < 0) {
            LOG.warn("identity node={} the certificate ends in {} days; enroll the node again", identity.id(), left.toDays());
        }
        return identity;
    }

    @Override
    public NodeId id() {
        return identity.id();
    }

    @Override
    public String cluster() {
        return identity.cluster();
    }

    @Override
    public List<X509Certificate> certificates() {
        return identity.certificates();
    }

    @Override
    public PrivateKey privateKey() {
        return identity.privateKey();
    }

    @Override
    public List<X509Certificate> authorities() {
        return identity.authorities();
    }

    @Override
    public SSLContext tls() {
        return identity.tls();
    }

    @Override
    public NodeId peerOf(List<X509Certificate> certificates) throws CertificateException {
        return identity.peerOf(certificates);
    }
}
