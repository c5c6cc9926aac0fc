// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What help says of a command beside its {@code @Descriptor}s. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Usage {
    /** The words after the command's name, for example {@code SLOT PROVIDER}; in brackets what may be left out. */
    String words() default "";

    /** Complete commands, without the leading {@code dwcp}. */
    String[] examples();
}
