// SPDX-License-Identifier: Apache-2.0
package org.dwcp.orchestrator.shell;

import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.dwcp.orchestrator.shell.view.View;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/** Finds out what is wrong with a node. It needs no other service to be there: a missing one is a finding. */
@Component(service = DoctorCommands.class)
@GogoCommand(scope = "dwcp", function = "doctor")
@Descriptor("checks")
public final class DoctorCommands {
    private final Doctor doctor;

    /**
     * Makes the commands.
     *
     * @param context finds the services
     * @param runtime knows which components could not start
     */
    @Activate
    public DoctorCommands(BundleContext context, @Reference ServiceComponentRuntime runtime) {
        doctor = new Doctor(Services.of(context), () -> ComponentFaults.of(runtime));
    }

    /** Checks the node. */
    @Descriptor("check certificates, disk, peers, slots, replicated groups, flags, configuration and clock; say what to do")
    @Usage(examples = {"doctor", "doctor --json"})
    public View doctor(@Descriptor("write JSON") @Parameter(names = "--json", presentValue = "true", absentValue = "false") boolean json,
            @Descriptor("nothing") String... words) {
        Words.of("doctor", words, 0, 0, "");
        return doctor.examine().as(json);
    }
}
