// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

import org.dwcp.api.Check;
import org.dwcp.api.DwcpException;
import org.dwcp.api.node.NodeFolders;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** The tree {@code etc data deploy log} under one home. Folders are made when the node starts, those of a part when it first asks. */
@Component(service = NodeFolders.class)
public final class HomeFolders implements NodeFolders {
    /** Framework property: the home folder. */
    public static final String HOME = "dwcp.home";
    /** Framework property: folder of received files, absolute or relative to the home. */
    public static final String INBOX = "dwcp.inbox";

    private static final String HOME_DEFAULT = "dwcp-home";
    private static final String INBOX_DEFAULT = "data/inbox";
    /** A name cannot begin with a dot, so that no part leaves {@code data}. */
    private static final Pattern PART = Pattern.compile("[a-z0-9][a-z0-9.-]{0,63}");

    private final Path home;
    private final Path inbox;

    /**
     * Makes the node's folders.
     *
     * @param context gives the framework properties {@link #HOME} and {@link #INBOX}
     */
    @Activate
    public HomeFolders(BundleContext context) {
        this(Path.of(valueOr(context.getProperty(HOME), HOME_DEFAULT)), valueOr(context.getProperty(INBOX), INBOX_DEFAULT));
    }

    /**
     * Makes the folders under a home.
     *
     * @param home  the home, made when it is missing
     * @param inbox folder of received files, absolute or relative to the home
     */
    public HomeFolders(Path home, String inbox) {
        this.home = home.toAbsolutePath().normalize();
        this.inbox = this.home.resolve(inbox).normalize();
        for (var name : new String[] {"etc", "data", "deploy", "log"}) {
            make(this.home.resolve(name));
        }
    }

    @Override
    public Path etc() {
        return home.resolve("etc");
    }

    @Override
    public Path data(String part) {
        Check.argument(part != null && PART.matcher(part).matches(),
                "part '%s' is not 1 to 64 characters of a-z, 0-9, '.' and '-' beginning with a letter or digit", part);
        return make(home.resolve("data").resolve(part));
    }

    @Override
    public Path deploy() {
        return home.resolve("deploy");
    }

    @Override
    public Path inbox() {
        return make(inbox);
    }

    private static Path make(Path folder) {
        try {
            return Files.createDirectories(folder);
        } catch (IOException | UncheckedIOException e) {
            throw new DwcpException(DwcpException.Kind.UNAVAILABLE,
                    "folder " + folder + " cannot be made (" + e + "); check the owner and the free space, or choose another home", e);
        }
    }

    private static String valueOr(String value, String otherwise) {
        return value == null || value.isBlank() ? otherwise : value.strip();
    }
}
