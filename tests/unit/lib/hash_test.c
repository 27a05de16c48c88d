#include "kernel/lib/hash.h"
#include "kernel/lib/hashtab.h"

#include <stdlib.h>

#include "kernel/lib/bits.h"
#include "kernel/lib/compiler.h"
#include "tests/unit/unit.h"

/* The key 00 01 .. 0f and messages 00 01 .. of the algorithm's reference. */
static void siphash_gives_the_published_values(void **state)
{
	const struct siphash_key key = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
	uint8_t message[15];

	(void)state;
	for (uint8_t i = 0; i < sizeof(message); i++)
		message[i] = i;
	assert_true(siphash(&key, message, 0) == UINT64_C(0x726fdb47dd0e0e31));
	assert_true(siphash(&key, message, 1) == UINT64_C(0x74f839c593dc67fd));
	assert_true(siphash(&key, message, 8) == UINT64_C(0x93f5f5799a932462));
	assert_true(siphash(&key, message, 15) == UINT64_C(0xa129ca6149be45e5));
}

static void siphash_depends_on_the_key(void **state)
{
	const struct siphash_key a = {1, 2}, b = {1, 3};

	(void)state;
	assert_true(siphash(&a, "name", 4) != siphash(&b, "name", 4));
}

static void one_bit_moves_half_of_the_hash(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		unsigned int moved = 0;

		for (uint64_t x = 0; x < 256; x++)
			moved += bits_count(hash_u64(x) ^ hash_u64(x ^ BIT(bit)));
		assert_in_range(moved / 256, 26, 38);
	}
}

static void neighbours_spread_over_buckets(void **state)
{
	unsigned int fill[64] = {0};

	(void)state;
	for (uint64_t x = 0; x < 6400; x++)
		fill[hash_u64(x * 4096) % 64]++;
	for (int i = 0; i < 64; i++)
		assert_in_range(fill[i], 50, 150);
}

struct entry {
	struct hashtab_node node;
	uint64_t key;
};

static struct entry *find(const struct hashtab *tab, uint64_t key)
{
	hashtab_for_each (node, tab, hash_u64(key)) {
		struct entry *entry = container_of(node, struct entry, node);

		if (entry->key == key)
			return entry;
	}
	return NULL;
}

static void table_finds_what_is_in_it(void **state)
{
	struct entry *entries = calloc(500, sizeof(*entries));
	struct hashtab_node *buckets[16];
	struct hashtab tab;
	uint64_t seed = 6;

	(void)state;
	hashtab_init(&tab, buckets, 16);
	for (uint64_t i = 0; i < 500; i++)
		entries[i].key = i;
	for (int round = 0; round < 20000; round++) {
		struct entry *entry = &entries[test_random(&seed, 500)];

		if (hashtab_is_linked(&entry->node)) {
			assert_ptr_equal(find(&tab, entry->key), entry);
			hashtab_remove(&entry->node);
		} else {
			assert_null(find(&tab, entry->key));
			hashtab_insert(&tab, &entry->node, hash_u64(entry->key));
		}
	}
	free(entries);
}

static void safe_walk_may_remove(void **state)
{
	struct entry entries[10] = {0};
	struct hashtab_node *buckets[1];
	struct hashtab tab;
	int seen = 0;

	(void)state;
	hashtab_init(&tab, buckets, 1);
	for (uint64_t i = 0; i < 10; i++) {
		entries[i].key = i;
		hashtab_node_init(&entries[i].node);
		hashtab_insert(&tab, &entries[i].node, i);
	}
	hashtab_for_each_safe (node, &tab, 0) {
		seen++;
		hashtab_remove(node);
	}
	assert_int_equal(seen, 10);
	assert_null(buckets[0]);
}

static const struct CMUnitTest tests[] = {
	TEST(siphash_gives_the_published_values, "siphash gives the published values"),
	TEST(siphash_depends_on_the_key, "another key gives another hash"),
	TEST(one_bit_moves_half_of_the_hash, "one bit of the number moves half of its hash"),
	TEST(neighbours_spread_over_buckets, "page addresses spread evenly over buckets"),
	TEST(table_finds_what_is_in_it, "the table finds what is in it and nothing else"),
	TEST(safe_walk_may_remove, "the safe walk may remove where it is"),
};

int main(void)
{
	return RUN_TESTS("hash");
}
