// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

import org.apache.felix.service.command.Converter;
import org.osgi.service.component.annotations.Component;

/** Draws the answers of commands in any Gogo shell of this node. */
@Component(service = Converter.class, property = Converter.CONVERTER_CLASSES + "=org.dwcp.orchestrator.shell.view.View")
public final class Views implements Converter {
    @Override
    public Object convert(Class<?> desiredType, Object in) {
        return null; // only draws
    }

    @Override
    public CharSequence format(Object target, int level, Converter escape) {
        return target instanceof View view ? view.render(Screen.of(escape)) : null;
    }
}
