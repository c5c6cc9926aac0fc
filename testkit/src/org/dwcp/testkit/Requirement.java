// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the rows of the requirement list that a test shows, for example {@code @Requirement("R-122")}. On a class it
 * holds for each of the class's tests. {@code ./dwcp status-page} joins these marks with the last test results.
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Requirement {
    /** Returns one or more row ids, each an upper-case {@code R}, a dash and three digits. */
    String[] value();
}
