// SPDX-License-Identifier: Apache-2.0
package org.dwcp.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The test kit's mark, once more for these tests alone: the test kit is built against the API, so the API's tests cannot be built against it. */
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Requirement {
    /** Returns one or more row ids. */
    String[] value();
}
