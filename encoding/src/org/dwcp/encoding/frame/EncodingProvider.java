// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.frame;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * The service properties of an encoding, see {@link org.dwcp.api.Swappable}. An annotation keeps lists of one a list, which a property in text
 * does not.
 */
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface EncodingProvider {
    /** Returns the slot. */
    String dwcp_slot() default "encoding";

    /** Returns the provider's name. */
    String dwcp_provider();

    /** Returns its version. */
    String dwcp_version();

    /** Returns generation and modes. */
    String[] dwcp_modes();

    /** Returns what peers choose by. */
    String[] dwcp_capabilities();
}
