// SPDX-License-Identifier: Apache-2.0
/**
 * The one class file of a fragment that holds native libraries. By itself lz4-java unpacks its library into the folder for temporary files,
 * where a killed process leaves it behind and where many machines forbid to run it. It asks the class loader first, though, and a fragment
 * with {@code Bundle-NativeCode} lets the framework answer: one copy per installed bundle, inside the framework's own storage.
 */
@Header(name = "DWCP-Library", value = "lz4-java")
package org.dwcp.encoding.lz4;

import org.osgi.annotation.bundle.Header;
