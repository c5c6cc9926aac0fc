// SPDX-License-Identifier: Apache-2.0
package org.dwcp.encoding.v3;

import org.dwcp.api.Check;
import org.dwcp.api.hybrid.NetworkMode;

/**
 * Checked configuration of {@link ZstdEncoding}. Immutable.
 *
 * @param levelDatacenter level in DATACENTER
 * @param levelHybrid     level in HYBRID, also while no mode is known
 * @param levelInternet   level in INTERNET
 * @param codecsMax       most blocks at once
 * @param learns          the model chooses where the bandwidth is known
 */
public record ZstdSettings(int levelDatacenter, int levelHybrid, int levelInternet, int codecsMax, boolean learns) {
    static final String LEARNED = "learned";
    static final String BY_MODE = "mode";
    static final int LEVEL_MAX = 22; // source: the library's highest; ADR 16 says what it costs

    /** Refuses what is out of range. */
    public ZstdSettings {
        level("level.datacenter", levelDatacenter);
        level("level.hybrid", levelHybrid);
        level("level.internet", levelInternet);
        Check.argument(codecsMax >= 1 && codecsMax <= 256, "codecs.max %d is not in 0..256; 0 is one a core", codecsMax);
    }

    static ZstdSettings from(ZstdEncoding.Config config) {
        int codecs = config.codecs_max() == 0 ? Runtime.getRuntime().availableProcessors() : config.codecs_max();
        Check.argument(config.choice().equals(LEARNED) || config.choice().equals(BY_MODE), "choice \"%s\" is neither %s nor %s", config.choice(), LEARNED,
                BY_MODE);
        return new ZstdSettings(config.level_datacenter(), config.level_hybrid(), config.level_internet(), codecs, config.choice().equals(LEARNED));
    }

    int level(NetworkMode mode) {
        return switch (mode) {
            case DATACENTER -> levelDatacenter;
            case HYBRID -> levelHybrid;
            case INTERNET -> levelInternet;
        };
    }

    private static void level(String key, int level) {
        Check.argument(level >= 1 && level <= LEVEL_MAX, "%s %d is not in 1..%d; higher is smaller and slower", key, level, LEVEL_MAX);
    }
}
