// SPDX-License-Identifier: Apache-2.0
/**
 * A load for demonstrations and tests: a stream of real files and of small calls from this node to others. Every file that was sent is written to a list
 * with its size and hash, so that somebody outside can check the receiver's folder; every call's answer is checked here. It knows nothing but the API.
 */
package org.dwcp.distribution.workload;
