// SPDX-License-Identifier: Apache-2.0
package org.dwcp.distribution.it.scr;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.FieldOption;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Holds all services in dynamic lists, of every kind. */
@Component(factory = ListFields.FACTORY)
public final class ListFields {
    /** Name of its factory. */
    public static final String FACTORY = "org.dwcp.distribution.it.lists";

    @Reference(policy = ReferencePolicy.DYNAMIC)
    private volatile List<Ranked> replaced;

    @Reference(policy = ReferencePolicy.DYNAMIC, fieldOption = FieldOption.UPDATE)
    private final List<Ranked> updated = new CopyOnWriteArrayList<>();

    @Reference(policy = ReferencePolicy.DYNAMIC)
    private volatile List<ServiceReference<Ranked>> references;

    @Reference(policy = ReferencePolicy.DYNAMIC, service = Ranked.class)
    private volatile List<Map.Entry<Map<String, Object>, Ranked>> tuples;

    public List<String> replaced() {
        return replaced.stream().map(Ranked::name).toList();
    }

    public List<String> updated() {
        return updated.stream().map(Ranked::name).toList();
    }

    public List<String> references() {
        return references.stream().map(reference -> (String) reference.getProperty("name")).toList();
    }

    public List<String> tuples() {
        return tuples.stream().map(tuple -> tuple.getValue().name()).toList();
    }
}
