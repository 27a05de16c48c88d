/*
 * Little-endian numbers at any address, as firmware and disks lay them out.
 * The compiler makes one load of each.
 */
#ifndef KERNEL_LIB_LE_H
#define KERNEL_LIB_LE_H

#include <stdint.h>

static inline uint16_t le16_load(const void *at)
{
	const uint8_t *b = at;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t le32_load(const void *at)
{
	const uint8_t *b = at;

	return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint64_t le64_load(const void *at)
{
	const uint8_t *b = at;

	return le32_load(b) | (uint64_t)le32_load(b + 4) << 32;
}

#endif
