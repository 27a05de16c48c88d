/* ChaCha20's block function (RFC 8439, section 2.3): the core of the random
 * number generator. */
#ifndef KERNEL_LIB_CHACHA20_H
#define KERNEL_LIB_CHACHA20_H

#include <stdint.h>

#define CHACHA20_KEY_LEN 32
#define CHACHA20_NONCE_LEN 12
#define CHACHA20_BLOCK_LEN 64

struct chacha20 {
	uint32_t state[16];
};

void chacha20_init(struct chacha20 *ctx, const uint8_t key[CHACHA20_KEY_LEN],
		   const uint8_t nonce[CHACHA20_NONCE_LEN], uint32_t counter);

/* Writes the next block of the key stream and steps the counter, which wraps
 * after 256 GiB: the owner changes the key long before. */
void chacha20_block(struct chacha20 *ctx, uint8_t out[CHACHA20_BLOCK_LEN]);

#endif
