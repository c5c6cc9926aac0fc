// SPDX-License-Identifier: Apache-2.0
package org.dwcp.api.encoding;

import java.util.OptionalInt;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Says how much effort a block is worth, in the place of the model that an encoding brings along: a service that anybody may register, for example above an
 * inference engine. The one with the highest ranking is asked for every block whose link is known, on the thread that encodes; what it costs is paid by each
 * block. Without one, or when it fails or does not answer, the encoding decides by itself. Thread-safe.
 * {@snippet :
 * EffortAdvisor thrifty = block -> block.bandwidthBps() < 10_000_000 ? OptionalInt.of(12) : OptionalInt.empty();
 * }
 */
@ConsumerType
@FunctionalInterface
public interface EffortAdvisor {
    /** Answer for a block that is not worth compressing. */
    int STORE = 0;

    /**
     * Advises.
     *
     * @param block what is known of the block and its link
     * @return a level of the codec, {@link #STORE}, or empty for no opinion; a level that the codec does not have counts as none
     */
    OptionalInt advise(BlockOutline block);
}
