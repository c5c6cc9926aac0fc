# Runs in the guest, on the host's root: a device by Soft-RoCE, then the program. COMMAND is put in by who starts the guest.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/run/lab
ip link set lo up
ip addr add 10.7.0.1/24 dev eth0
ip link set eth0 up
ulimit -l unlimited
rdma link add rxe0 type rxe netdev eth0 || echo "LAB no Soft-RoCE"
echo "LAB device $(cat /sys/class/infiniband/rxe0/ports/1/state) after $(cut -d' ' -f1 /proc/uptime) s"
cd /run/lab
COMMAND
echo "LAB exit $? after $(cut -d' ' -f1 /proc/uptime) s"
