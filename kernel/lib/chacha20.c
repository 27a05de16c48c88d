#include "kernel/lib/chacha20.h"

#include <stddef.h>

#include "kernel/lib/string.h"

static uint32_t rotate_left(uint32_t x, unsigned int n)
{
	return (x << n) | (x >> (32 - n));
}

static uint32_t load_le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store_le32(uint8_t *p, uint32_t x)
{
	p[0] = (uint8_t)x;
	p[1] = (uint8_t)(x >> 8);
	p[2] = (uint8_t)(x >> 16);
	p[3] = (uint8_t)(x >> 24);
}

static void quarter_round(uint32_t *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotate_left(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate_left(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate_left(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate_left(x[b] ^ x[c], 7);
}

void chacha20_init(struct chacha20 *ctx, const uint8_t key[CHACHA20_KEY_LEN],
		   const uint8_t nonce[CHACHA20_NONCE_LEN], uint32_t counter)
{
	/* "expand 32-byte k" */
	ctx->state[0] = 0x61707865;
	ctx->state[1] = 0x3320646e;
	ctx->state[2] = 0x79622d32;
	ctx->state[3] = 0x6b206574;
	for (size_t i = 0; i < 8; i++)
		ctx->state[4 + i] = load_le32(key + 4 * i);
	ctx->state[12] = counter;
	for (size_t i = 0; i < 3; i++)
		ctx->state[13 + i] = load_le32(nonce + 4 * i);
}

void chacha20_block(struct chacha20 *ctx, uint8_t out[CHACHA20_BLOCK_LEN])
{
	uint32_t x[16];

	memcpy(x, ctx->state, sizeof(x));
	for (int i = 0; i < 10; i++) {
		quarter_round(x, 0, 4, 8, 12);
		quarter_round(x, 1, 5, 9, 13);
		quarter_round(x, 2, 6, 10, 14);
		quarter_round(x, 3, 7, 11, 15);
		quarter_round(x, 0, 5, 10, 15);
		quarter_round(x, 1, 6, 11, 12);
		quarter_round(x, 2, 7, 8, 13);
		quarter_round(x, 3, 4, 9, 14);
	}
	for (size_t i = 0; i < 16; i++)
		store_le32(out + 4 * i, x[i] + ctx->state[i]);
	ctx->state[12]++;
	mem_wipe(x, sizeof(x));
}
