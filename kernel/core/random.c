/*
 * Random numbers.
 *
 * One seed key for the machine, one key for each CPU derived from it. A CPU
 * makes numbers by running ChaCha20 with its key; the first 32 bytes of every
 * run become its next key and the old one is gone ("fast key erasure"), so who
 * reads the memory later learns nothing of the numbers given out before.
 *
 * New entropy goes into the seed: for each 12 bytes, the next seed key is what
 * ChaCha20 makes with the old key and the bytes as nonce. Without the old key
 * the result cannot be told from noise, whatever the bytes are; with it, the
 * bytes still have to be guessed. So no input can make the seed worse. The
 * counter word keeps the uses apart: outputs have 0 and 1, inputs DOMAIN_INPUT
 * and more, seeds of CPUs DOMAIN_CPU.
 *
 * Every change of the seed raises a generation number; a CPU that sees another
 * generation than its key's derives a new key. Numbers never block: before the
 * first 256 bits came in they are as good as the boot's timing, and
 * random_is_seeded() says so.
 *
 * A CPU's state is used with interrupts off, by that CPU only. Lock order: the
 * seed's lock is a leaf.
 */
#define LOG_PREFIX "core/random: "
#include "kernel/core/random.h"

#include "kernel/arch/cpu.h"
#include "kernel/core/assert.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/chacha20.h"
#include "kernel/lib/string.h"

#define SEED_BITS 256u
#define HW_WORDS 4
#define BOOT_SAMPLES 64
#define RESEED_NS (300 * NSEC_PER_SEC)

#define DOMAIN_CPU 0x40000000u
#define DOMAIN_INPUT 0x80000000u

#define BATCH_WORDS 12 /* what two blocks leave beside the next key */
#define SMALL_LEN (BATCH_WORDS * sizeof(uint64_t))

/* Events are gathered on their CPU; so many make one input to the seed. */
#define EVENT_WORDS 4u
#define EVENTS_BEFORE_SEEDED 64u
#define EVENTS_AFTER_SEEDED 1024u
/* An interrupt's time is worth a quarter of a bit, to be on the safe side. */
#define EVENTS_PER_BIT 4u

struct random_seed {
	struct spinlock lock;
	uint8_t key[CHACHA20_KEY_LEN] GUARDED_BY(&lock);
	uint64_t cpu_keys GUARDED_BY(&lock); /* ever derived */
	uint32_t bits GUARDED_BY(&lock);     /* credited, up to SEED_BITS */
	uint32_t generation;		     /* atomic; written under the lock, from 1 */
	bool is_seeded;			     /* atomic; written under the lock */
	ktime_t reseeded_at;		     /* atomic; written under the lock */
};

struct random_cpu {
	uint8_t key[CHACHA20_KEY_LEN];
	uint32_t generation; /* of the seed when key was derived; 0: no key yet */
	uint32_t left;	     /* words of the batch not given out */
	uint64_t batch[BATCH_WORDS];
	uint64_t event_pool[EVENT_WORDS];
	uint32_t events;
};

static struct random_seed seed = {
	.lock = SPINLOCK_INIT(LOCK_RANDOM),
	.generation = 1,
};

static DEFINE_PER_CPU(struct random_cpu, random_cpu);

/* key = ChaCha20(key, nonce, counter): the one step that all mixing is made of. */
static void step_key(uint8_t *key, const uint8_t *nonce, uint32_t counter)
{
	struct chacha20 ctx;
	uint8_t block[CHACHA20_BLOCK_LEN];

	chacha20_init(&ctx, key, nonce, counter);
	chacha20_block(&ctx, block);
	memcpy(key, block, CHACHA20_KEY_LEN);
	mem_wipe(block, sizeof(block));
	mem_wipe(&ctx, sizeof(ctx));
}

static void absorb_locked(const uint8_t *data, size_t len) REQUIRES(&seed.lock);

static void absorb_locked(const uint8_t *data, size_t len)
{
	uint8_t nonce[CHACHA20_NONCE_LEN];

	while (len > 0) {
		size_t count = MIN(len, sizeof(nonce));

		memset(nonce, 0, sizeof(nonce));
		memcpy(nonce, data, count);
		step_key(seed.key, nonce, DOMAIN_INPUT + (uint32_t)count);
		data += count;
		len -= count;
	}
	mem_wipe(nonce, sizeof(nonce));
}

static void credit_locked(uint32_t bits) REQUIRES(&seed.lock);

static void credit_locked(uint32_t bits)
{
	seed.bits = MIN(SEED_BITS, seed.bits + MIN(bits, SEED_BITS));
	if (seed.bits == SEED_BITS)
		WRITE_ONCE(seed.is_seeded, true);
}

/* Makes every CPU derive a new key before its next number. */
static void next_generation_locked(void) REQUIRES(&seed.lock);

static void next_generation_locked(void)
{
	uint32_t next = seed.generation + 1;

	WRITE_ONCE(seed.generation, next ? next : 1);
}

void random_add_entropy(const void *data, size_t len, uint32_t bits)
{
	uint64_t now = arch_cycle_counter();
	irqflags_t flags = spin_lock_irqsave(&seed.lock);

	absorb_locked(data, len);
	absorb_locked((const uint8_t *)&now, sizeof(now));
	credit_locked(bits);
	next_generation_locked();
	spin_unlock_irqrestore(&seed.lock, flags);
}

void random_reseed(void)
{
	uint64_t words[HW_WORDS + 1];
	uint32_t bits = 0;
	irqflags_t flags;

	for (int i = 0; i < HW_WORDS; i++) {
		words[i] = 0;
		if (arch_hw_random(&words[i]) == 0)
			bits += 64;
	}
	words[HW_WORDS] = (uint64_t)time_now();
	random_add_entropy(words, sizeof(words), bits);
	mem_wipe(words, sizeof(words));

	flags = spin_lock_irqsave(&seed.lock);
	WRITE_ONCE(seed.reseeded_at, time_now());
	spin_unlock_irqrestore(&seed.lock, flags);
}

/*
 * How long the same work takes differs a little each time on a real machine.
 * Nobody can say by how much, so nothing is credited for it.
 */
static void add_boot_timing(void)
{
	uint64_t samples[BOOT_SAMPLES];
	uint8_t key[CHACHA20_KEY_LEN] = {0};
	static const uint8_t nonce[CHACHA20_NONCE_LEN];

	for (uint32_t i = 0; i < BOOT_SAMPLES; i++) {
		samples[i] = arch_cycle_counter();
		step_key(key, nonce, i);
	}
	random_add_entropy(samples, sizeof(samples), 0);
}

void random_init(void)
{
	random_reseed();
	if (random_is_seeded())
		return;
	add_boot_timing();
	log_warn("no hardware random numbers; the seed grows with interrupt timing");
}

bool random_is_seeded(void)
{
	return READ_ONCE(seed.is_seeded);
}

/* Gives the CPU a key of the present generation. Interrupts off. */
static void rekey_cpu(struct random_cpu *rc)
{
	uint8_t nonce[CHACHA20_NONCE_LEN] = {0};
	struct chacha20 ctx;
	uint8_t block[CHACHA20_BLOCK_LEN];

	spin_lock_irqs_off(&seed.lock);
	seed.cpu_keys++;
	memcpy(nonce, &seed.cpu_keys, sizeof(seed.cpu_keys));
	chacha20_init(&ctx, seed.key, nonce, DOMAIN_CPU);
	chacha20_block(&ctx, block);
	/* The seed moves on too: the CPU's key cannot be found from the new one. */
	memcpy(seed.key, block, CHACHA20_KEY_LEN);
	memcpy(rc->key, block + CHACHA20_KEY_LEN, CHACHA20_KEY_LEN);
	rc->generation = seed.generation;
	spin_unlock_irqs_off(&seed.lock);

	rc->left = 0;
	mem_wipe(rc->batch, sizeof(rc->batch));
	mem_wipe(block, sizeof(block));
	mem_wipe(&ctx, sizeof(ctx));
}

/* Fills the batch and replaces the key. Interrupts off. */
static void refill(struct random_cpu *rc)
{
	static const uint8_t nonce[CHACHA20_NONCE_LEN];
	struct chacha20 ctx;
	uint8_t blocks[2 * CHACHA20_BLOCK_LEN];

	if (time_now() - READ_ONCE(seed.reseeded_at) > RESEED_NS)
		random_reseed();
	if (rc->generation != READ_ONCE(seed.generation))
		rekey_cpu(rc);
	chacha20_init(&ctx, rc->key, nonce, 0);
	chacha20_block(&ctx, blocks);
	chacha20_block(&ctx, blocks + CHACHA20_BLOCK_LEN);
	memcpy(rc->key, blocks, CHACHA20_KEY_LEN);
	memcpy(rc->batch, blocks + CHACHA20_KEY_LEN, sizeof(rc->batch));
	rc->left = BATCH_WORDS;
	mem_wipe(blocks, sizeof(blocks));
	mem_wipe(&ctx, sizeof(ctx));
}

uint64_t random_u64(void)
{
	irqflags_t flags = arch_irq_save();
	struct random_cpu *rc = this_cpu_ptr(random_cpu);
	uint64_t word;

	if (rc->left == 0 || rc->generation != READ_ONCE(seed.generation))
		refill(rc);
	rc->left--;
	word = rc->batch[rc->left];
	rc->batch[rc->left] = 0;
	arch_irq_restore(flags);
	return word;
}

static void random_words(uint8_t *out, size_t len)
{
	uint64_t word;

	while (len > 0) {
		size_t count = MIN(len, sizeof(word));

		word = random_u64();
		memcpy(out, &word, count);
		out += count;
		len -= count;
	}
	mem_wipe(&word, sizeof(word));
}

/* A key of its own for a long request, so that interrupts are not off for its length. */
static void random_stream(uint8_t *out, size_t len)
{
	static const uint8_t nonce[CHACHA20_NONCE_LEN];
	uint8_t key[CHACHA20_KEY_LEN];
	uint8_t block[CHACHA20_BLOCK_LEN];
	struct chacha20 ctx;

	while (len > 0) {
		/* 2^30 bytes a key: the block counter never comes near its end. */
		size_t part = MIN(len, (size_t)1 << 30);

		random_words(key, sizeof(key));
		chacha20_init(&ctx, key, nonce, 0);
		len -= part;
		while (part > 0) {
			size_t count = MIN(part, sizeof(block));

			chacha20_block(&ctx, block);
			memcpy(out, block, count);
			out += count;
			part -= count;
		}
	}
	mem_wipe(key, sizeof(key));
	mem_wipe(block, sizeof(block));
	mem_wipe(&ctx, sizeof(ctx));
}

void random_bytes(void *buf, size_t len)
{
	if (len <= SMALL_LEN)
		random_words(buf, len);
	else
		random_stream(buf, len);
}

uint64_t random_below(uint64_t bound)
{
	uint64_t threshold;
	uint64_t word;

	ASSERT(bound != 0);
	/* Numbers below 2^64 mod bound would make the small results likelier. */
	threshold = (0 - bound) % bound;
	do {
		word = random_u64();
	} while (word < threshold);
	return word % bound;
}

void random_add_event(uint32_t value)
{
	struct random_cpu *rc = this_cpu_ptr(random_cpu);
	uint64_t *word = &rc->event_pool[rc->events % EVENT_WORDS];
	uint32_t enough = random_is_seeded() ? EVENTS_AFTER_SEEDED : EVENTS_BEFORE_SEEDED;

	*word = (*word << 19 | *word >> 45) ^ arch_cycle_counter() ^ ((uint64_t)value << 40);
	rc->events++;
	if (rc->events < enough)
		return;
	rc->events = 0;
	random_add_entropy(rc->event_pool, sizeof(rc->event_pool), enough / EVENTS_PER_BIT);
}
