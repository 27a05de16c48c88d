/* Random numbers, fit for keys; never blocks. */
#ifndef KERNEL_CORE_RANDOM_H
#define KERNEL_CORE_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* Gathers the first seed. Once at boot, before anyone asks for numbers; clock set up. */
void random_init(void);

/* Any context but NMI. */
void random_bytes(void *buf, size_t len);
uint64_t random_u64(void);

/* Evenly distributed in 0..bound - 1; bound must not be 0. */
uint64_t random_below(uint64_t bound);

/*
 * Mixes bytes into the seed and makes every CPU use it from its next number on.
 * bits: how much of it an enemy cannot know at least (0 when in doubt; it is
 * then mixed in all the same). Any context but NMI.
 */
void random_add_entropy(const void *data, size_t len, uint32_t bits);

/*
 * Notes that something happened just now (value tells what: an interrupt
 * number, a scan code). A few instructions; any context but NMI, interrupts off.
 */
void random_add_event(uint32_t value);

/* Whether at least 256 bits that an enemy cannot know have come in since boot. */
bool random_is_seeded(void);

/* Fresh seed from the hardware at once, for tests and before long-lived keys. */
void random_reseed(void);

#endif
