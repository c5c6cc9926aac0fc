// SPDX-License-Identifier: Apache-2.0

/** How long a running transfer takes to go over to another transport, between real nodes. */
package org.dwcp.bench.switching;
