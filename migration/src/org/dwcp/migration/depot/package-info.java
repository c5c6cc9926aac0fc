// SPDX-License-Identifier: Apache-2.0
/**
 * The service {@link org.dwcp.api.image.Images}: what a node keeps of images, what it answers peers about them, and the pushes and pulls that were
 * ordered here. Questions are calls, packs are flows. Source: ADR 34.
 */
package org.dwcp.migration.depot;
