/*
 * Ring: bytes from one producer to one consumer, without a lock between them.
 *
 * Each side may be a thread, an interrupt or another CPU, but only one of each
 * at a time. The counters run freely and wrap; their difference is the fill.
 */
#ifndef KERNEL_LIB_RING_H
#define KERNEL_LIB_RING_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"

struct ring {
	uint8_t *buf;	      /* const */
	uint32_t size;	      /* const, a power of two, at most 2^31 */
	struct atomic32 head; /* bytes ever written; the producer's */
	struct atomic32 tail; /* bytes ever read; the consumer's */
};

/* The storage stays the caller's. */
void ring_init(struct ring *ring, void *buf, uint32_t size);

/* For the producer: copies in as much as fits, returns how much. */
size_t ring_write(struct ring *ring, const void *data, size_t len);

/* For the consumer: copies out as much as there is, returns how much. */
size_t ring_read(struct ring *ring, void *data, size_t len);

/*
 * Bytes to read and bytes of room. The consumer may rely on the first as a
 * least number, the producer on the second; for others both are a guess.
 */
uint32_t ring_fill(const struct ring *ring);
uint32_t ring_room(const struct ring *ring);

#endif
