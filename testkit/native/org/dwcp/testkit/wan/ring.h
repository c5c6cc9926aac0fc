/* SPDX-License-Identifier: Apache-2.0 */
/* Packets in a ring of bytes, oldest first. Used by one thread. */
#include <stddef.h>
#include <stdint.h>

#define WRAP UINT32_MAX

struct record {                        /* in a ring; the vnet header and the packet follow */
    uint64_t time;                     /* of arrival while it waits for the wire, then when it is due at the other end */
    uint32_t bytes;                    /* that follow; WRAP: go on at the ring's begin */
    uint32_t wire;                     /* bytes on the wire, each segment with its own header */
    uint32_t segments;                 /* 0: it was moved into the other ring */
    uint32_t late;                     /* not 0: to come out of order */
};

struct ring {
    uint8_t *memory;
    uint64_t size, head, tail;         /* only grow; the place is their rest by size */
};

static struct record *at(struct ring *r, uint64_t place)
{
    return (struct record *)(r->memory + place % r->size);
}

static uint64_t length(const struct record *record)
{
    return (sizeof *record + record->bytes + 31) & ~31ull;
}

/* The record at a place, after the jump to the ring's begin if there is one. */
static struct record *follow(struct ring *r, uint64_t *place)
{
    if (at(r, *place)->bytes == WRAP)
        *place += r->size - *place % r->size;
    return at(r, *place);
}

/* Room for a record of so many bytes, or null when the ring is full. */
static struct record *reserve(struct ring *r, uint32_t bytes)
{
    uint64_t need = (sizeof(struct record) + bytes + 31) & ~31ull, rest = r->size - r->head % r->size;
    if (r->head - r->tail + need + (rest < need ? rest : 0) > r->size)
        return NULL;
    if (rest < need) {
        at(r, r->head)->bytes = WRAP;
        r->head += rest;
    }
    struct record *record = at(r, r->head);
    record->bytes = bytes;
    r->head += need;
    return record;
}
