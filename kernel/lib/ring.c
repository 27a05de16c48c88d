#include "kernel/lib/ring.h"

#include "kernel/lib/compiler.h"
#include "kernel/lib/string.h"

void ring_init(struct ring *ring, void *buf, uint32_t size)
{
	ring->buf = buf;
	ring->size = size;
	atomic32_store(&ring->head, 0);
	atomic32_store(&ring->tail, 0);
}

uint32_t ring_fill(const struct ring *ring)
{
	uint32_t tail = atomic32_load(&ring->tail);
	/* Pairs with the release in ring_write(). */
	uint32_t head = atomic32_load_acquire(&ring->head);

	return head - tail;
}

uint32_t ring_room(const struct ring *ring)
{
	uint32_t head = atomic32_load(&ring->head);
	/* Pairs with the release in ring_read(). */
	uint32_t tail = atomic32_load_acquire(&ring->tail);

	return ring->size - (head - tail);
}

size_t ring_write(struct ring *ring, const void *data, size_t len)
{
	uint32_t head = atomic32_load(&ring->head);
	uint32_t room = ring_room(ring); /* once: it may grow meanwhile */
	uint32_t count = (uint32_t)MIN(len, (size_t)room);
	uint32_t at = head & (ring->size - 1);
	uint32_t first = MIN(count, ring->size - at);

	memcpy(ring->buf + at, data, first);
	memcpy(ring->buf, (const uint8_t *)data + first, count - first);
	/* The bytes before the count: pairs with the acquire in ring_fill(). */
	atomic32_store_release(&ring->head, head + count);
	return count;
}

size_t ring_read(struct ring *ring, void *data, size_t len)
{
	uint32_t tail = atomic32_load(&ring->tail);
	uint32_t fill = ring_fill(ring); /* once: it may grow meanwhile */
	uint32_t count = (uint32_t)MIN(len, (size_t)fill);
	uint32_t at = tail & (ring->size - 1);
	uint32_t first = MIN(count, ring->size - at);

	memcpy(data, ring->buf + at, first);
	memcpy((uint8_t *)data + first, ring->buf, count - first);
	/* Read before the room is given: pairs with the acquire in ring_room(). */
	atomic32_store_release(&ring->tail, tail + count);
	return count;
}
