// SPDX-License-Identifier: Apache-2.0
package org.dwcp.migration.depot;

import java.nio.ByteBuffer;

import org.dwcp.api.DwcpException.Kind;
import org.dwcp.api.image.ImageStatus.Step;
import org.dwcp.api.transfer.TransferException;

/** Has a node read and hash all versions of an image. */
final class VerifyRun extends ImageRun {
    private final long number;

    VerifyRun(Tools tools, ImageJob job, long number) {
        super(tools, job);
        this.number = number;
    }

    @Override
    void work() throws InterruptedException {
        step(Step.CHECK, 0);
        ByteBuffer answer = have(Asking.work(ImageWire.VERIFY, number, job.name(), 0).array());
        versions = answer.getInt();
        String wrong = ImageWire.text(answer, ImageWire.WHY_MAX);
        if (!wrong.isEmpty()) {
            throw new TransferException(Kind.REJECTED, "image '" + job.name() + "' at " + job.peer() + " is damaged, push it again: " + wrong);
        }
    }
}
