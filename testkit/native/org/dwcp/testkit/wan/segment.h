/* SPDX-License-Identifier: Apache-2.0 */
/* Super-packets of TCP as segmentation offload hands them over, and the headers of a part of one. */
#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <stdint.h>
#include <string.h>

#define VNET ((uint32_t)sizeof(struct virtio_net_hdr))

/* Ones' complement sum of RFC 1071. */
static uint32_t sum(const uint8_t *p, uint32_t n, uint32_t start)
{
    for (; n > 1; p += 2, n -= 2)
        start += (uint32_t)(p[0] << 8 | p[1]);
    return n ? start + (uint32_t)(p[0] << 8) : start;
}

static uint16_t fold(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xffff) + (s >> 16);
    return (uint16_t)s;
}

static void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

/* A super-packet as the kernel hands it over: one header, then the data of several segments. */
struct packet {
    uint8_t *vnet;                     /* the vnet header; the IP header follows it */
    uint32_t tcp, header;              /* where the TCP header is, where the data begin; from the IP header on */
    uint32_t data, mss, segments;
};

/* Makes the copied headers those of the segments from first to before end (RFC 791, RFC 9293). */
static void cut_headers(const struct packet *p, uint8_t *vnet, uint32_t first, uint32_t end, uint32_t data)
{
    struct virtio_net_hdr *offload = (struct virtio_net_hdr *)vnet;
    uint8_t *ip = vnet + VNET, *tcp = ip + p->tcp;
    uint32_t sequence;
    memcpy(&sequence, tcp + 4, 4);
    sequence = htonl(ntohl(sequence) + first * p->mss);
    memcpy(tcp + 4, &sequence, 4);
    if (end < p->segments)
        tcp[13] &= (uint8_t)~0x09;     /* FIN and PSH belong to the last one */
    if (first > 0)
        tcp[13] &= (uint8_t)~0x80;     /* CWR to the first */
    put16(ip + 2, p->header + data);
    put16(ip + 4, (uint32_t)(ip[4] << 8 | ip[5]) + first);
    put16(ip + 10, 0);
    put16(ip + 10, (uint16_t)~fold(sum(ip, (ip[0] & 15u) * 4, 0)));
    /* The rest of the checksum is left to the receiving kernel, as offload means it. */
    put16(tcp + 16, fold(sum(ip + 12, 8, IPPROTO_TCP + p->header - p->tcp + data)));
    offload->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    offload->csum_start = (uint16_t)p->tcp;
    offload->csum_offset = 16;
    offload->hdr_len = (uint16_t)p->header;
    if (end - first == 1) {
        offload->gso_type = VIRTIO_NET_HDR_GSO_NONE;
        offload->gso_size = 0;
    }
}

/* Looks at what a device gave: a super-packet, or any other packet as one segment without data. */
static struct packet parse(uint8_t *vnet, uint32_t bytes)
{
    const struct virtio_net_hdr *offload = (const struct virtio_net_hdr *)vnet;
    int type = offload->gso_type & ~VIRTIO_NET_HDR_GSO_ECN;
    uint32_t ip_bytes = bytes - VNET, tcp = offload->csum_start;
    if (type == VIRTIO_NET_HDR_GSO_TCPV4 && offload->gso_size > 0 && tcp >= 20 && tcp + 20 <= ip_bytes) {
        uint32_t header = tcp + (uint32_t)(vnet[VNET + tcp + 12] >> 4) * 4;
        if (header < ip_bytes) {
            uint32_t data = ip_bytes - header, mss = offload->gso_size;
            return (struct packet){.vnet = vnet, .tcp = tcp, .header = header, .data = data, .mss = mss, .segments = (data + mss - 1) / mss};
        }
    }
    return (struct packet){.vnet = vnet, .header = ip_bytes, .segments = 1};
}
