// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;

/**
 * Components that could not be started, with the reason.
 *
 * @param failed  a constructor threw, most often for a configuration value out of bounds: one sentence each
 * @param waiting what is missing, with the components that wait for it
 */
record ComponentFaults(List<String> failed, Map<String, List<String>> waiting) {
    ComponentFaults {
        failed = List.copyOf(failed);
        waiting = Collections.unmodifiableMap(new TreeMap<>(waiting));
    }

    static ComponentFaults of(ServiceComponentRuntime runtime) {
        var failed = new ArrayList<String>();
        var waiting = new TreeMap<String, List<String>>();
        for (var description : runtime.getComponentDescriptionDTOs()) {
            for (var configuration : runtime.getComponentConfigurationDTOs(description)) {
                if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                    failed.add(description.name + ": " + reason(configuration.failure));
                } else if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE) {
                    for (var reference : configuration.unsatisfiedReferences) {
                        waiting.computeIfAbsent("service " + interfaceOf(description.references, reference.name), key -> new ArrayList<>()).add(simple(description.name));
                    }
                } else if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_CONFIGURATION) {
                    waiting.computeIfAbsent("configuration of " + description.name, key -> new ArrayList<>()).add(simple(description.name));
                }
            }
        }
        return new ComponentFaults(failed, waiting);
    }

    /** The runtime gives a stack trace as text; the last cause's own line says what to correct. */
    static String reason(String failure) {
        if (failure == null) {
            return "no reason given";
        }
        var lines = failure.lines().filter(line -> !line.startsWith("\t")).toList();
        var last = lines.isEmpty() ? failure : lines.getLast();
        return last.replaceFirst("^Caused by: ", "").replaceFirst("^[a-zA-Z0-9_.$]+(Exception|Error): ", "");
    }

    private static String simple(String component) {
        return component.substring(component.lastIndexOf('.') + 1);
    }

    private static String interfaceOf(org.osgi.service.component.runtime.dto.ReferenceDTO[] references, String name) {
        for (var reference : references) {
            if (reference.name.equals(name)) {
                return reference.interfaceName;
            }
        }
        return name;
    }
}
