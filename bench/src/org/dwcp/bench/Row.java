// SPDX-License-Identifier: Apache-2.0
package org.dwcp.bench;

/**
 * One line of a result. Made by {@link #lower} or {@link #higher}, which know which way is better.
 *
 * @param bench    name of the benchmark
 * @param scenario what was measured, for example {@code 64 KiB frames, 1 lane}
 * @param unit     unit of both numbers
 * @param ours     our number
 * @param peer     the peer's number
 * @param peerName the peer with its version
 * @param ratio    how many times better ours is; below 1 the peer is better
 * @param limit    least ratio that is asked for; 0 when none is
 * @param runs     how many measurements each number is made from
 * @param note     what a reader must know to judge the numbers; may be empty
 */
public record Row(String bench, String scenario, String unit, double ours, double peer, String peerName, double ratio,
        double limit, int runs, String note) {

    /** Makes a row for a unit of which less is better, such as ns/op. */
    public static Row lower(String bench, String scenario, String unit, double ours, double peer, String peerName, int runs) {
        return new Row(bench, scenario, unit, ours, peer, peerName, peer / ours, 0, runs, "");
    }

    /** Makes a row for a unit of which more is better, such as MiB/s. */
    public static Row higher(String bench, String scenario, String unit, double ours, double peer, String peerName, int runs) {
        return new Row(bench, scenario, unit, ours, peer, peerName, ours / peer, 0, runs, "");
    }

    /** Returns this row with the ratio that is asked for. */
    public Row withLimit(double least) {
        return new Row(bench, scenario, unit, ours, peer, peerName, ratio, least, runs, note);
    }

    /** Returns this row with a remark. */
    public Row withNote(String remark) {
        return new Row(bench, scenario, unit, ours, peer, peerName, ratio, limit, runs, remark);
    }

    /** Tells whether the ratio reaches what is asked for. Not a number never does. */
    public boolean reachesLimit() {
        return limit == 0 || ratio >= limit;
    }
}
