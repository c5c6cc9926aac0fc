// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import java.io.ByteArrayInputStream;
import java.lang.classfile.ClassModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;

/**
 * No component holds a slot by {@code @Reference}: Declarative Services does not rebind when a ranking changes, so such a
 * component would miss every swap. Read from the component descriptions, which are what the framework obeys.
 */
public final class SlotReferences implements Rule {
    private static final String SWAPPABLE = "org.dwcp.api.Swappable";
    private static final String ORCHESTRATOR = "orchestrator";

    @Override
    public String sentence() {
        return "no component holds a slot by @Reference";
    }

    @Override
    public List<String> broken(List<Bundle> bundles) throws Exception {
        var slots = slots(bundles);
        var broken = new ArrayList<String>();
        for (var bundle : bundles) {
            for (var component : bundle.components().entrySet()) {
                var references = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                        .parse(new ByteArrayInputStream(component.getValue())).getElementsByTagName("reference");
                for (int index = 0; index < references.getLength(); index++) {
                    var reference = (Element) references.item(index);
                    var slot = reference.getAttribute("interface");
                    if (slots.contains(slot) && !isTracker(bundle, reference)) {
                        broken.add(bundle.name() + ": " + component.getKey() + " refers to " + slot + "; ask a route for it");
                    }
                }
            }
        }
        return broken;
    }

    /** The orchestrator follows rankings with all three methods; with fewer it would miss a change. */
    private static boolean isTracker(Bundle bundle, Element reference) {
        return bundle.project().equals(ORCHESTRATOR)
                && reference.hasAttribute("bind") && reference.hasAttribute("updated") && reference.hasAttribute("unbind");
    }

    /** Every interface that extends {@code Swappable}, by whatever way, and itself. */
    private static Set<String> slots(List<Bundle> bundles) {
        Map<String, ClassModel> classes = new HashMap<>();
        bundles.forEach(bundle -> classes.putAll(bundle.classes()));
        var slots = new TreeSet<>(Set.of(SWAPPABLE));
        int before;
        do {
            before = slots.size();
            classes.forEach((name, model) -> {
                var extended = model.interfaces().stream().anyMatch(type -> slots.contains(type.asInternalName().replace('/', '.')));
                if (extended && model.flags().has(java.lang.reflect.AccessFlag.INTERFACE)) {
                    slots.add(name);
                }
            });
        } while (slots.size() > before);
        return slots;
    }
}
