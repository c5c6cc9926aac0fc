// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.math.BigInteger;
import java.security.Principal;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.Date;
import java.util.Set;

/** A certificate of which nothing may be asked; tests override what they need. */
abstract class X509CertificateAdapter extends X509Certificate {
    private static final long serialVersionUID = 1L;

    private static UnsupportedOperationException no() {
        return new UnsupportedOperationException("not part of this test");
    }

    @Override
    public void checkValidity() {
        throw no();
    }

    @Override
    public void checkValidity(Date date) {
        throw no();
    }

    @Override
    public int getVersion() {
        throw no();
    }

    @Override
    public BigInteger getSerialNumber() {
        throw no();
    }

    @Override
    @Deprecated
    public Principal getIssuerDN() {
        throw no();
    }

    @Override
    @Deprecated
    public Principal getSubjectDN() {
        throw no();
    }

    @Override
    public byte[] getTBSCertificate() {
        throw no();
    }

    @Override
    public byte[] getSignature() {
        throw no();
    }

    @Override
    public String getSigAlgName() {
        throw no();
    }

    @Override
    public String getSigAlgOID() {
        throw no();
    }

    @Override
    public byte[] getSigAlgParams() {
        throw no();
    }

    @Override
    public boolean[] getIssuerUniqueID() {
        throw no();
    }

    @Override
    public boolean[] getSubjectUniqueID() {
        throw no();
    }

    @Override
    public boolean[] getKeyUsage() {
        throw no();
    }

    @Override
    public int getBasicConstraints() {
        throw no();
    }

    @Override
    public byte[] getEncoded() {
        throw no();
    }

    @Override
    public void verify(PublicKey key) {
        throw no();
    }

    @Override
    public void verify(PublicKey key, String provider) {
        throw no();
    }

    @Override
    public String toString() {
        return "certificate of a test";
    }

    @Override
    public PublicKey getPublicKey() {
        throw no();
    }

    @Override
    public boolean hasUnsupportedCriticalExtension() {
        throw no();
    }

    @Override
    public Set<String> getCriticalExtensionOIDs() {
        throw no();
    }

    @Override
    public Set<String> getNonCriticalExtensionOIDs() {
        throw no();
    }

    @Override
    public byte[] getExtensionValue(String oid) {
        throw no();
    }
}
