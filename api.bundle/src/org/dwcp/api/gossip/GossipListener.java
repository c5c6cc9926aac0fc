// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.gossip;

import org.dwcp.api.NodeId;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * Is told of values. Register it as an OSGi service; it is first told all values that are known, then each change. Called by one thread, in order for each name;
 * between two versions that come quickly one may be left out.
 * {@snippet :
 * GossipListener listener = new GossipListener() {
 *     @Override
 *     public void changed(GossipValue value) {
 *         System.getLogger("gossip").log(System.Logger.Level.INFO, value.toString());
 *     }
 * };
 * }
 */
@ConsumerType
public interface GossipListener {
    /** Service property, String: only values of this name are told. Without it all are. */
    String NAME = "dwcp.gossip.name";

    /**
     * A value has come or has a new version. A renewal with the same bytes is told too.
     *
     * @param value the value; its owner may be this node
     */
    void changed(GossipValue value);

    /**
     * A value was removed by its owner or is over. Does nothing by default.
     *
     * @param owner who had written it
     * @param name  its name
     */
    default void removed(NodeId owner, String name) {
    }
}
