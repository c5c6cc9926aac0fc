// SPDX-License-Identifier: Apache-2.0

/** Versions that are to stay: a map that nodes change without asking each other, and that comes out the same everywhere. */
package org.dwcp.migration.pin;
