// SPDX-License-Identifier: Apache-2.0

/**
 * DiSNI (IBM, Apache-2.0) as a second RDMA library beside rsockets: its calls, and a loader that may fail without harm. The byte stream above them is
 * {@link org.dwcp.transport.v1.rdma.VerbsSockets}.
 */
package org.dwcp.transport.v1.disni;
