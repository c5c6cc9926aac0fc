/* SPDX-License-Identifier: Apache-2.0
 * The only program of a guest under test. It fills memory, goes on changing it, checks what it reads, and says on the serial line that it lives.
 * Words of the kernel's command line: fill=MiB rate=MiB/s kind=counter|page. Says: FILLED, then "H number" every 10 ms, "C rounds bad" after each look at all
 * of it. Pages are one half text of few words, three eighths text with many numbers, one eighth noise: a guest's memory is neither all alike nor all noise. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define COUNTERS 64

static uint64_t mix(uint64_t x) {
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

/* Words of eight letters, made once. */
static char words[256][8];

static void vocabulary(void) {
    static const char *parts[] = {"error ", "warn", "GET /", "node", "state=", "run", "time", "user", "kernel", ": ", "\n", "open ", "close ", "value", "id=", "the "};
    uint64_t random = 1;
    for (int w = 0; w < 256; w++) {
        for (int at = 0; at < 8;) {
            random = mix(random);
            const char *part = parts[random & 15];
            for (; *part && at < 8; part++) words[w][at++] = *part;
        }
    }
}

/* What a page is when nothing has changed it, by its number and a salt. */
static void content(uint8_t *page, uint64_t number, uint64_t salt) {
    uint64_t random = mix(number * 77 + salt);
    int kind = number % 8;
    for (int at = 0; at < PAGE;) {
        random = mix(random);
        if (kind == 7) {
            memcpy(page + at, &random, 8);
            at += 8;
            continue;
        }
        for (int part = 0; part < 4; part++, at += 16) {
            memcpy(page + at, words[random >> (16 * part) & 255], 8);
            if (kind < 4) {
                memcpy(page + at + 8, words[random >> (16 * part + 8) & 255], 8);
            } else {
                uint64_t digits = random * (2 * part + 1) ^ random >> 29;
                for (int d = 0; d < 8; d++) page[at + 8 + d] = '0' + (digits >> (4 * d + 8) & 7);
            }
        }
    }
}

/* What it is after so many changes: counters that were raised in turn, or all of it anew. */
static void expected(uint8_t *page, uint64_t number, uint32_t version, int whole) {
    content(page, number, whole ? version : 0);
    if (whole) return;
    for (uint32_t c = 0; c < COUNTERS; c++) {
        uint64_t value;
        memcpy(&value, page + 64 * c, 8);
        value += version / COUNTERS + (version % COUNTERS > c ? 1 : 0);
        memcpy(page + 64 * c, &value, 8);
    }
}

static void change(uint8_t *page, uint64_t number, uint32_t *version, int whole) {
    if (whole) {
        content(page, number, ++*version);
        return;
    }
    uint64_t value;
    uint8_t *at = page + 64 * (*version % COUNTERS);
    memcpy(&value, at, 8);
    value++;
    memcpy(at, &value, 8);
    ++*version;
}

static long option(const char *line, const char *name, long otherwise) {
    const char *found = strstr(line, name);
    return found ? atol(found + strlen(name)) : otherwise;
}

int main(void) {
    char line[4096] = "";
    mkdir("/dev", 0755);
    mkdir("/proc", 0755);
    mount("dev", "/dev", "devtmpfs", 0, "");
    mount("proc", "/proc", "proc", 0, "");
    int in = open("/proc/cmdline", O_RDONLY);
    if (in >= 0 && read(in, line, sizeof line - 1) < 0) line[0] = 0;
    int serial = open("/dev/ttyS0", O_RDWR);
    dup2(serial, 1);
    setvbuf(stdout, 0, _IOLBF, 0);

    vocabulary();
    uint64_t pages = option(line, " fill=", 16) * 256;
    double rate = option(line, " rate=", 0) * 256.0;
    int whole = strstr(line, " kind=page") != 0;
    uint8_t *memory = mmap(0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint32_t *versions = calloc(pages, sizeof *versions);
    if (memory == MAP_FAILED || !versions) {
        printf("no memory\n");
        for (;;) pause();
    }
    for (uint64_t i = 0; i < pages; i++) content(memory + i * PAGE, i, 0);
    printf("FILLED\n");

    uint8_t want[PAGE];
    double start = now(), beat = start;
    uint64_t beats = 0, done = 0, looked = 0, rounds = 0, bad = 0, random = 1;
    for (;;) {
        double t = now();
        uint64_t due = (t - start) * rate;
        if (due > done + 4096) done = due - 4096; /* what was missed is not made up for */
        for (int i = 0; done < due && i < 512; i++, done++) {
            random = mix(random);
            uint64_t number = random % pages;
            change(memory + number * PAGE, number, versions + number, whole);
        }
        for (int i = 0; i < 8; i++) {
            expected(want, looked, versions[looked], whole);
            if (memcmp(want, memory + looked * PAGE, PAGE)) bad++;
            if (++looked == pages) {
                looked = 0;
                printf("C %llu %llu\n", (unsigned long long) ++rounds, (unsigned long long) bad);
            }
        }
        if (t - beat >= 0.01) {
            beat = t;
            printf("H %llu\n", (unsigned long long) ++beats);
        }
        struct timespec little = {0, 1000000};
        nanosleep(&little, 0);
    }
}
