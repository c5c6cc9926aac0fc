/* SPDX-License-Identifier: Apache-2.0
 *
 * wanlink: a wide-area link between two network namespaces, packet by packet.
 *
 *   wanlink NAMESPACE-A NAMESPACE-B DEVICE MTU SEED
 *
 * Makes a TUN device of that name in each namespace and carries IPv4 packets between them. In each direction a packet meets, in this order:
 * loss (random or in runs), a drop-tail queue, a wire of a certain rate, the propagation delay with its jitter.
 *
 * The devices offer segmentation offload, so the kernel hands over TCP data in super-packets of up to 64 KiB (IFF_VNET_HDR). Loss and the queue
 * decide about each of the segments in it; it is cut only at what was dropped and into pieces of at most PIECE_NS of wire time. So the sender's
 * and the receiver's TCP see single packets, and the emulator does a fraction of their work.
 *
 * One thread a direction. Commands on standard input, one line each, are answered by one line: "set [ab.|ba.]KEY=VALUE...", "stats". The end of
 * the input ends the program; the devices go with it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ring.h"
#include "segment.h"

#define PACKET_MAX (VNET + 65536 + 64)
#define RING_BYTES (128ull << 20)      /* what a second of 1 Gbit/s needs; pages are used only when it fills */
#define LATE_BYTES (16ull << 20)       /* packets held back to come out of order */
#define PIECE_NS 500000.0              /* longest wire time of what is delivered at once */
#define AHEAD_NS 1000000ull            /* departures are worked out so far ahead; a new rate holds after that at the latest */
#define SLACK_NS 20000ull              /* delivered so much early rather than sleeping once more */
#define BATCH 64                       /* packets taken before looking at those that are due */

/* What a direction is like. Set by the main thread under the lock; each worker keeps a copy. */
struct figures {
    double rate;                       /* bit/s of IP packets, 0: as fast as it goes */
    double delay, jitter;              /* ns one way; jitter is added, uniform from 0, and keeps the order */
    double loss, run;                  /* share of packets; mean length of a run of lost ones, 1: independent */
    double reorder, reorderby;         /* share of packets that come later by so many ns, after younger ones */
    double queue;                      /* bytes waiting for the wire, 0: no bound but the memory */
    double cut;                        /* not 0: nothing comes through, neither what is under way */
};

static const struct { const char *name; size_t at; double least, most; } KEYS[] = {
    {"rate", offsetof(struct figures, rate), 0, 1e11},
    {"delay", offsetof(struct figures, delay), 0, 1e10},
    {"jitter", offsetof(struct figures, jitter), 0, 1e10},
    {"loss", offsetof(struct figures, loss), 0, 0.99},
    {"run", offsetof(struct figures, run), 1, 1e6},
    {"reorder", offsetof(struct figures, reorder), 0, 1},
    {"reorderby", offsetof(struct figures, reorderby), 0, 1e10},
    {"queue", offsetof(struct figures, queue), 0, 1e9},
    {"cut", offsetof(struct figures, cut), 0, 1},
};

enum { IN_PACKETS, IN_BYTES, OUT_PACKETS, OUT_BYTES, LOST, FULL, CUT, OVERFLOW, REFUSED, LATE, COUNTERS };
static const char *const COUNTER_NAMES[COUNTERS] = {
    "inPackets", "inBytes", "outPackets", "outBytes", "lost", "full", "cut", "overflow", "refused", "late"};

struct direction {
    const char *name;
    int from, to;
    struct figures wanted, now;
    atomic_uint generation, seen;      /* of the figures: what was set last, what holds */
    struct ring line, late;            /* line: tail to served is under way, served to head waits for the wire */
    uint64_t served, wire_free, last_due, random;
    int losing;
    atomic_uint_fast64_t queued, queued_most, count[COUNTERS];
};

static struct direction directions[2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void fail(const char *what)
{
    printf("error %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add(struct direction *d, int counter, uint64_t n)
{
    atomic_fetch_add_explicit(&d->count[counter], n, memory_order_relaxed);
}

/* xorshift64 (Marsaglia 2003), as a number in [0, 1). */
static double chance(struct direction *d)
{
    d->random ^= d->random << 13;
    d->random ^= d->random >> 7;
    d->random ^= d->random << 17;
    return (double)(d->random >> 11) / 9007199254740992.0;
}

/* Puts the segments from first to before end into the queue. */
static void enqueue(struct direction *d, const struct packet *p, uint32_t first, uint32_t end, int late, uint64_t now)
{
    uint32_t from = first * p->mss, to = end == p->segments ? p->data : end * p->mss, data = to - from;
    struct record *record = reserve(&d->line, VNET + p->header + data);
    if (!record) {
        add(d, OVERFLOW, end - first);
        return;
    }
    record->time = now;
    record->wire = (end - first) * p->header + data;
    record->segments = end - first;
    record->late = (uint32_t)late;
    uint8_t *copy = (uint8_t *)(record + 1);
    memcpy(copy, p->vnet, VNET + p->header);
    memcpy(copy + VNET + p->header, p->vnet + VNET + p->header + from, data);
    if (data < p->data)
        cut_headers(p, copy, first, end, data);
    uint64_t queued = atomic_fetch_add(&d->queued, record->wire) + record->wire;
    if (queued > atomic_load(&d->queued_most))
        atomic_store(&d->queued_most, queued);
}

/* Independent losses, or runs: Gilbert 1960, E. N., "Capacity of a burst-noise channel", with the bad state losing everything. */
static int is_lost(struct direction *d)
{
    const struct figures *f = &d->now;
    if (f->loss <= 0)
        return 0;
    if (f->run <= 1)
        return chance(d) < f->loss;
    d->losing = chance(d) < (d->losing ? 1 - 1 / f->run : f->loss / (f->run * (1 - f->loss)));
    return d->losing;
}

/* Decides about each segment of a packet and queues those that go on, in pieces. */
static void take(struct direction *d, uint8_t *vnet, uint32_t bytes, uint64_t now)
{
    struct packet p = parse(vnet, bytes);
    add(d, IN_PACKETS, p.segments);
    add(d, IN_BYTES, p.segments * p.header + p.data);

    double piece = d->now.rate > 0 ? PIECE_NS * d->now.rate / 8e9 : PACKET_MAX;
    uint32_t first = 0, run = 0, run_bytes = 0;
    for (uint32_t i = 0; i < p.segments; i++) {
        uint32_t wire = p.header + (i + 1 < p.segments ? p.mss : p.data - i * p.mss);
        int dropped = d->now.cut > 0 ? CUT : is_lost(d) ? LOST : -1;
        if (dropped < 0 && d->now.rate > 0 && d->now.queue > 0 && atomic_load(&d->queued) + run_bytes + wire > d->now.queue)
            dropped = FULL;
        int late = dropped < 0 && d->now.reorder > 0 && chance(d) < d->now.reorder;
        if (run > 0 && (dropped >= 0 || late || run_bytes + wire > piece)) {
            enqueue(d, &p, first, first + run, 0, now);
            run = run_bytes = 0;
        }
        if (dropped >= 0) {
            add(d, dropped, 1);
        } else if (late) {
            enqueue(d, &p, i, i + 1, 1, now);
        } else {
            first = run ? first : i;
            run++;
            run_bytes += wire;
        }
    }
    if (run > 0)
        enqueue(d, &p, first, first + run, 0, now);
}

/* Lets the wire take what waits, up to a little ahead of now, and works out when it is due. */
static void serve(struct direction *d, uint64_t now)
{
    const struct figures *f = &d->now;
    while (d->served < d->line.head && (f->rate <= 0 || d->wire_free <= now + AHEAD_NS)) {
        struct record *record = follow(&d->line, &d->served);
        uint64_t start = d->wire_free > record->time && f->rate > 0 ? d->wire_free : record->time;
        d->wire_free = start + (f->rate > 0 ? (uint64_t)(record->wire * 8e9 / f->rate) : 0);
        atomic_fetch_sub(&d->queued, record->wire);
        uint64_t due = d->wire_free + (uint64_t)(f->delay + (f->jitter > 0 ? chance(d) * f->jitter : 0));
        d->served += length(record);
        if (record->late) {
            add(d, LATE, record->segments);
            struct record *copy = reserve(&d->late, record->bytes);
            if (copy) {
                memcpy(copy + 1, record + 1, record->bytes);
                copy->time = due + (uint64_t)f->reorderby;
                copy->segments = record->segments;
                copy->wire = record->wire;
            } else {
                add(d, OVERFLOW, record->segments);
            }
            record->segments = 0;
            record->time = d->last_due;
        } else {
            record->time = d->last_due = due > d->last_due ? due : d->last_due;
        }
    }
}

/* Hands over what is due; returns when the next one is, UINT64_MAX for none. */
static uint64_t deliver(struct direction *d, struct ring *r, uint64_t end, uint64_t now)
{
    while (r->tail < end) {
        struct record *record = follow(r, &r->tail);
        if (record->time > now + SLACK_NS)
            return record->time;
        if (d->now.cut > 0) {
            add(d, CUT, record->segments);
        } else if (record->segments > 0 && write(d->to, record + 1, record->bytes) < 0) {
            add(d, REFUSED, record->segments);
        } else {
            add(d, OUT_PACKETS, record->segments);
            add(d, OUT_BYTES, record->wire);
        }
        r->tail += length(record);
    }
    return UINT64_MAX;
}

static void *carry(void *argument)
{
    static _Thread_local uint8_t buffer[PACKET_MAX] __attribute__((aligned(8)));
    struct direction *d = argument;
    struct sched_param soon = {.sched_priority = 1};
    prctl(PR_SET_TIMERSLACK, 1000ul);
    /* A busy machine must not look like a jittering link. Where it is not allowed, it will. */
    pthread_setschedparam(pthread_self(), SCHED_RR, &soon);
    for (;;) {
        unsigned generation = atomic_load(&d->generation);
        if (generation != atomic_load(&d->seen)) {
            pthread_mutex_lock(&lock);
            d->now = d->wanted;
            pthread_mutex_unlock(&lock);
            atomic_store(&d->seen, generation);
        }
        int taken = 0;
        for (; taken < BATCH; taken++) {
            ssize_t bytes = read(d->from, buffer, sizeof buffer);
            if (bytes <= (ssize_t)VNET) {
                if (bytes < 0 && errno != EAGAIN && errno != EINTR)
                    fail("reading a device");
                break;
            }
            take(d, buffer, (uint32_t)bytes, clock_ns());
        }
        uint64_t now = clock_ns();
        serve(d, now);
        uint64_t next = deliver(d, &d->line, d->served, now), late = deliver(d, &d->late, d->late.head, now);
        if (d->line.tail == d->line.head)
            d->line.tail = d->line.head = d->served = 0;   /* use the same pages again */
        next = late < next ? late : next;
        if (d->served < d->line.head && d->wire_free < next)
            next = d->wire_free;
        if (taken == BATCH)
            continue;
        uint64_t wait = next > now ? next - now : 0;
        wait = wait < 20000000 ? wait : 20000000;          /* new figures hold within 20 ms */
        struct pollfd readable = {.fd = d->from, .events = POLLIN};
        struct timespec time = {.tv_nsec = (long)wait};
        ppoll(&readable, 1, &time, NULL);
    }
    return NULL;
}

static int open_device(const char *namespace, const char *device, int mtu)
{
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there = open(path, O_RDONLY | O_CLOEXEC);
    if (home < 0 || there < 0 || setns(there, CLONE_NEWNET) < 0)
        fail(path);
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    snprintf(request.ifr_name, IFNAMSIZ, "%s", device);
    if (tun < 0 || ioctl(tun, TUNSETIFF, &request) < 0 || ioctl(tun, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        fail("/dev/net/tun");
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    request.ifr_mtu = mtu;
    if (control < 0 || ioctl(control, SIOCSIFMTU, &request) < 0)
        fail("setting the mtu");
    request.ifr_qlen = 10000;          /* the only queue is ours: none of the device may drop */
    if (ioctl(control, SIOCSIFTXQLEN, &request) < 0 || setns(home, CLONE_NEWNET) < 0)
        fail("setting the queue");
    close(control);
    close(there);
    close(home);
    return tun;
}

static uint8_t *memory(uint64_t bytes)
{
    void *found = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED)
        fail("memory");
    return found;
}

/* Puts one KEY=VALUE into the figures of the direction it names, or of both. Null, or what is wrong. */
static const char *put(struct figures wanted[2], const char *word)
{
    int only = !strncmp(word, "ab.", 3) ? 0 : !strncmp(word, "ba.", 3) ? 1 : -1;
    word += only < 0 ? 0 : 3;
    const char *equals = strchr(word, '=');
    for (size_t k = 0; equals && k < sizeof KEYS / sizeof *KEYS; k++) {
        if (strlen(KEYS[k].name) != (size_t)(equals - word) || strncmp(KEYS[k].name, word, (size_t)(equals - word)))
            continue;
        char *end;
        double value = strtod(equals + 1, &end);
        if (end == equals + 1 || *end || !(value >= KEYS[k].least && value <= KEYS[k].most))
            return "out of bounds";
        for (int i = 0; i < 2; i++)
            if (only < 0 || only == i)
                *(double *)((char *)&wanted[i] + KEYS[k].at) = value;
        return NULL;
    }
    return "no such key";
}

static void set(char *words)
{
    struct figures wanted[2] = {directions[0].wanted, directions[1].wanted};
    char *rest;
    for (char *word = strtok_r(words, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        const char *wrong = put(wanted, word);
        if (wrong) {
            printf("error %s: %s\n", word, wrong);
            return;
        }
    }
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 2; i++)
        directions[i].wanted = wanted[i];
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 2; i++)
        atomic_fetch_add(&directions[i].generation, 1);
    for (int i = 0; i < 2; i++)
        while (atomic_load(&directions[i].seen) != atomic_load(&directions[i].generation))
            usleep(500);
    puts("ok");
}

static void stats(void)
{
    for (int i = 0; i < 2; i++) {
        struct direction *d = &directions[i];
        for (int c = 0; c < COUNTERS; c++)
            printf("%s.%s=%llu ", d->name, COUNTER_NAMES[c], (unsigned long long)atomic_load(&d->count[c]));
        printf("%s.queueBytes=%llu ", d->name, (unsigned long long)atomic_load(&d->queued));
        printf("%s.queueBytesMost=%llu ", d->name, (unsigned long long)atomic_exchange(&d->queued_most, 0));
    }
    putchar('\n');
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 6)
        return puts("error usage: wanlink NAMESPACE-A NAMESPACE-B DEVICE MTU SEED"), 2;
    int a = open_device(arguments[1], arguments[3], atoi(arguments[4])), b = open_device(arguments[2], arguments[3], atoi(arguments[4]));
    for (int i = 0; i < 2; i++) {
        struct direction *d = &directions[i];
        d->name = i ? "ba" : "ab";
        d->from = i ? b : a;
        d->to = i ? a : b;
        d->wanted.run = d->now.run = 1;
        d->random = strtoull(arguments[5], NULL, 10) * 0x9E3779B97F4A7C15ull + (unsigned)i * 0xD1B54A32D192ED03ull;
        d->random = d->random ? d->random : 1;
        d->line = (struct ring){.memory = memory(RING_BYTES), .size = RING_BYTES};
        d->late = (struct ring){.memory = memory(LATE_BYTES), .size = LATE_BYTES};
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, carry, d)))
            fail("a thread");
    }
    puts("ready");
    char line[2048];
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "set ", 4))
            set(line + 4);
        else if (!strcmp(line, "stats\n"))
            stats();
        else
            puts("error no such command");
    }
    return 0;
}
