// SPDX-License-Identifier: Apache-2.0
/**
 * The one facade over mode, routing, flags and health: {@link org.dwcp.orchestrator.manager.RoutedManager} with its figures, the registry of the
 * documented components over it, and the factory of managers that stand alone. Nothing here switches anything; it asks the routing.
 */
package org.dwcp.orchestrator.manager;
