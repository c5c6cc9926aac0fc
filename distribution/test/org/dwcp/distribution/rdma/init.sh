#!/bin/busybox sh
# First program of the guest: loads the modules, mounts the host's root read-only and runs the lab in it.
box=/bin/busybox
$box mount -t proc proc /proc
$box mount -t sysfs sys /sys
$box mount -t devtmpfs dev /dev
for module in $($box cat /modules/order); do $box insmod "/modules/$module" || echo "LAB insmod $module failed"; done
$box mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose host /mnt || echo "LAB cannot mount the host"
$box mount -t tmpfs run /mnt/run
for folder in proc sys dev; do $box mount --bind /$folder /mnt/$folder; done
$box mkdir -p /mnt/run/lab
$box cp /guest.sh /mnt/run/lab/
$box chroot /mnt /bin/bash /run/lab/guest.sh
$box sync
$box poweroff -f
