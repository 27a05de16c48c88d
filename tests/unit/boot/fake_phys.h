/*
 * Fake physical memory for parsers that reach it through struct boot_memory.
 *
 * Each mapping is a copy of its own with exactly the bytes asked for, so that
 * AddressSanitizer sees a read of one byte too many. The copies live until
 * fake_phys_fini, as the contract of the window says.
 */
#ifndef TESTS_UNIT_BOOT_FAKE_PHYS_H
#define TESTS_UNIT_BOOT_FAKE_PHYS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/core/boot_memory.h"

#define FAKE_PHYS_SEGMENTS 16

struct fake_phys {
	struct {
		paddr_t start;
		uint8_t *data;
		size_t len;
	} segments[FAKE_PHYS_SEGMENTS];
	size_t segment_count;
	void **copies;
	size_t copy_count;
	struct boot_memory mem;
};

static inline const void *fake_phys_map(void *ctx, paddr_t addr, size_t len)
{
	struct fake_phys *phys = ctx;

	for (size_t i = 0; i < phys->segment_count; i++) {
		uint64_t offset = addr - phys->segments[i].start;
		void *copy;

		if (addr < phys->segments[i].start || offset > phys->segments[i].len ||
		    len > phys->segments[i].len - offset)
			continue;
		copy = malloc(len);
		if (!copy)
			abort();
		memcpy(copy, phys->segments[i].data + offset, len);
		phys->copies = realloc(phys->copies, (phys->copy_count + 1) * sizeof(void *));
		if (!phys->copies)
			abort();
		phys->copies[phys->copy_count++] = copy;
		return copy;
	}
	return NULL;
}

static inline void fake_phys_init(struct fake_phys *phys)
{
	memset(phys, 0, sizeof(*phys));
	phys->mem = (struct boot_memory){.map = fake_phys_map, .ctx = phys};
}

/* A zeroed range of physical memory; returns where the test writes it. */
static inline uint8_t *fake_phys_add(struct fake_phys *phys, paddr_t start, size_t len)
{
	uint8_t *data = calloc(1, len);

	if (!data || phys->segment_count == FAKE_PHYS_SEGMENTS)
		abort();
	phys->segments[phys->segment_count].start = start;
	phys->segments[phys->segment_count].data = data;
	phys->segments[phys->segment_count++].len = len;
	return data;
}

/* For the test: the byte of fake memory at addr; the address must exist. */
static inline uint8_t *fake_phys_at(struct fake_phys *phys, paddr_t addr)
{
	for (size_t i = 0; i < phys->segment_count; i++) {
		if (addr >= phys->segments[i].start &&
		    addr - phys->segments[i].start < phys->segments[i].len)
			return phys->segments[i].data + (addr - phys->segments[i].start);
	}
	abort();
}

static inline void fake_phys_fini(struct fake_phys *phys)
{
	for (size_t i = 0; i < phys->segment_count; i++)
		free(phys->segments[i].data);
	for (size_t i = 0; i < phys->copy_count; i++)
		free(phys->copies[i]);
	free(phys->copies);
}

static inline void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, sizeof(value));
}

#endif
