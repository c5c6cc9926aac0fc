// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.dwcp.api.NodeId;
import org.dwcp.api.image.ImageTask;
import org.dwcp.api.image.ImageVersion;
import org.dwcp.api.image.Images;
import org.dwcp.api.transfer.Calls;
import org.dwcp.migration.depot.ImageOrders;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** Images as a service. Immediate, because unfinished pushes and pulls go on without being asked for. */
@Component(service = Images.class, immediate = true)
public final class ImagesComponent implements Images {
    private final ImageOrders orders;

    /** Goes on with what was unfinished. */
    @Activate
    public ImagesComponent(@Reference Calls calls, @Reference DepotHost images, @Reference PackHost flows) {
        orders = new ImageOrders(flows.flows(), calls, images.depot(), flows.packs());
    }

    @Deactivate
    void deactivate() {
        orders.close();
    }

    @Override
    public ImageTask push(Path image, Format format, NodeId peer, String name, Duration patience) {
        return orders.push(image, format, peer, name, patience);
    }

    @Override
    public ImageTask pull(NodeId peer, String name, Path target, Format format, Existing existing, Duration patience) {
        return orders.pull(peer, name, target, format, existing, patience);
    }

    @Override
    public ImageTask verify(NodeId node, String name) {
        return orders.verify(node, name);
    }

    @Override
    public List<ImageVersion> list(NodeId node) {
        return orders.list(node);
    }

    @Override
    public int remove(String name, String sha256) {
        return orders.remove(name, sha256);
    }
}
