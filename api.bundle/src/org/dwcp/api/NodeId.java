// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api;

import java.util.regex.Pattern;

/**
 * Name of a node, unique in its cluster and stable over restarts. It is also the name in the node's certificate.
 * Immutable; ordered alphabetically.
 * {@snippet :
 * NodeId lisbon = NodeId.of("lisbon-1");
 * String name = lisbon.value();
 * }
 *
 * @param value 1 to 63 characters of {@code a-z 0-9 -}, beginning and ending with a letter or digit (one DNS label, RFC 1123 section 2.1)
 */
public record NodeId(String value) implements Comparable<NodeId> {
    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

    /**
     * Checks the name.
     *
     * @throws DwcpException of kind REJECTED when the value is not one DNS label in lower case
     */
    public NodeId {
        Check.argument(value != null && LABEL.matcher(value).matches(),
                "node name '%s' is not 1 to 63 characters of a-z, 0-9 and inner '-'; choose another name", value);
    }

    /**
     * Makes a name from text.
     *
     * @param value the name
     * @return the node's id
     */
    public static NodeId of(String value) {
        return new NodeId(value);
    }

    @Override
    public int compareTo(NodeId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
