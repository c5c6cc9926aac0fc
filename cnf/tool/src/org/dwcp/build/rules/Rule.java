// SPDX-License-Identifier: Apache-2.0
package org.dwcp.build.rules;

import java.util.List;

/** Something that holds for every bundle and that no compiler checks. */
public interface Rule {
    /** Returns the rule as one sentence; it is the name of the test case. */
    String sentence();

    /** Returns one line for each place where the rule is broken. */
    List<String> broken(List<Bundle> bundles) throws Exception;
}
