// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell.view;

/**
 * A sentence or two.
 *
 * @param text what to say
 */
public record Note(String text) implements View {
    @Override
    public String render(Screen screen) {
        return text;
    }
}
