#include "kernel/lib/lz4.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/unit.h"

#define MAX_LEN 400000u

/* A block and what it decodes to, made together. */
struct model {
	uint8_t *block;
	size_t block_len;
	uint8_t *text;
	size_t text_len;
};

static void put_length(struct model *model, size_t len)
{
	if (len < 15)
		return;
	for (len -= 15; len >= 255; len -= 255)
		model->block[model->block_len++] = 255;
	model->block[model->block_len++] = (uint8_t)len;
}

static size_t nibble(size_t len)
{
	return len < 15 ? len : 15;
}

/* A match of 0 bytes: the last sequence, which has none. */
static void put_sequence(struct model *model, size_t literals, size_t distance, size_t match,
			 uint64_t *seed)
{
	size_t more = match ? match - 4 : 0;

	model->block[model->block_len++] = (uint8_t)(nibble(literals) << 4 | nibble(more));
	put_length(model, literals);
	for (size_t i = 0; i < literals; i++) {
		uint8_t byte = (uint8_t)test_random(seed, 256);

		model->block[model->block_len++] = byte;
		model->text[model->text_len++] = byte;
	}
	if (!match)
		return;
	model->block[model->block_len++] = (uint8_t)distance;
	model->block[model->block_len++] = (uint8_t)(distance >> 8);
	put_length(model, more);
	for (size_t i = 0; i < match; i++, model->text_len++)
		model->text[model->text_len] = model->text[model->text_len - distance];
}

static size_t random_length(uint64_t *seed)
{
	static const uint64_t bounds[] = {2, 15, 16, 17, 271, 600, 5000};

	return test_random(seed, bounds[test_random(seed, 7)]);
}

static size_t random_distance(struct model *model, uint64_t *seed)
{
	size_t farthest = model->text_len < 65535 ? model->text_len : 65535;
	size_t near = 1 + test_random(seed, 20);

	switch (test_random(seed, 4)) {
	case 0:
		return farthest;
	case 1:
		return 1 + test_random(seed, farthest);
	default:
		return near < farthest ? near : farthest;
	}
}

static struct model make_model(uint64_t seed, size_t sequences)
{
	struct model model = {.block = malloc(MAX_LEN), .text = malloc(MAX_LEN)};

	while (sequences-- && model.text_len < MAX_LEN - 20000) {
		size_t literals = random_length(&seed) + (model.text_len == 0);

		if (model.text_len == 0)
			put_sequence(&model, literals, 1, 4, &seed);
		else
			put_sequence(&model, literals, random_distance(&model, &seed),
				     4 + random_length(&seed), &seed);
	}
	put_sequence(&model, random_length(&seed) + 1, 0, 0, &seed);
	model.block = realloc(model.block, model.block_len);
	return model;
}

static void free_model(struct model *model)
{
	free(model->block);
	free(model->text);
}

static void decodes_what_was_encoded(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 60; seed++) {
		struct model model = make_model(seed, seed * 5);
		uint8_t *out = malloc(model.text_len);
		size_t produced = 0;

		assert_int_equal(
			lz4_decode(model.block, model.block_len, out, model.text_len, &produced),
			0);
		assert_int_equal(produced, model.text_len);
		assert_memory_equal(out, model.text, model.text_len);
		free(out);
		free_model(&model);
	}
}

static void room_beyond_the_end_stays(void **state)
{
	struct model model = make_model(3, 20);
	uint8_t *out = malloc(model.text_len + 10);
	size_t produced = 0;

	(void)state;
	assert_int_equal(
		lz4_decode(model.block, model.block_len, out, model.text_len + 10, &produced), 0);
	assert_int_equal(produced, model.text_len);
	free(out);
	free_model(&model);
}

static void short_room_gets_the_beginning(void **state)
{
	struct model model = make_model(5, 12);

	(void)state;
	for (size_t len = 0; len <= model.text_len; len++) {
		uint8_t *out = malloc(len ? len : 1);
		size_t produced = 1;

		assert_int_equal(lz4_decode(model.block, model.block_len, out, len, &produced), 0);
		assert_int_equal(produced, len);
		assert_memory_equal(out, model.text, len);
		free(out);
	}
	free_model(&model);
}

/* Every cut but those at the end of a sequence's literals, where a block may end. */
static void a_cut_block_is_short_or_malformed(void **state)
{
	struct model model = make_model(7, 12);
	uint8_t *out = malloc(model.text_len);

	(void)state;
	for (size_t len = 0; len < model.block_len; len++) {
		uint8_t *cut = malloc(len ? len : 1);
		size_t produced = 0;
		int err;

		memcpy(cut, model.block, len);
		err = lz4_decode(cut, len, out, model.text_len, &produced);
		assert_true(err == -EINVAL || (err == 0 && produced < model.text_len));
		free(cut);
	}
	free(out);
	free_model(&model);
}

static void a_match_before_the_beginning_is_malformed(void **state)
{
	const uint8_t before[] = {0x10, 'a', 2, 0, 0x10, 'b'};
	const uint8_t zero[] = {0x10, 'a', 0, 0, 0x10, 'b'};
	uint8_t out[16], window[LZ4_WINDOW_SIZE];
	struct lz4_stream stream;
	size_t produced;

	(void)state;
	assert_int_equal(lz4_decode(before, sizeof(before), out, 16, &produced), -EINVAL);
	assert_int_equal(lz4_decode(zero, sizeof(zero), out, 16, &produced), -EINVAL);
	lz4_stream_start(&stream, before, sizeof(before), window);
	assert_int_equal(lz4_stream_read(&stream, out, 6), -EINVAL);
	lz4_stream_start(&stream, zero, sizeof(zero), window);
	assert_int_equal(lz4_stream_read(&stream, out, 6), -EINVAL);
}

static void a_stream_gives_the_same_in_pieces(void **state)
{
	uint8_t *window = malloc(LZ4_WINDOW_SIZE);

	(void)state;
	for (uint64_t seed = 100; seed < 160; seed++) {
		struct model model = make_model(seed, seed * 3);
		struct lz4_stream stream;
		uint64_t sizes = seed;

		lz4_stream_start(&stream, model.block, model.block_len, window);
		for (size_t at = 0, len; at < model.text_len; at += len) {
			uint8_t *out;

			len = 1 + test_random(&sizes, test_random(&sizes, 8) ? 300 : 100000);
			len = len < model.text_len - at ? len : model.text_len - at;
			out = malloc(len);
			/* Sometimes without looking. */
			if (test_random(&sizes, 3)) {
				assert_int_equal(lz4_stream_read(&stream, out, len), 0);
				assert_memory_equal(out, model.text + at, len);
			} else {
				assert_int_equal(lz4_stream_read(&stream, NULL, len), 0);
			}
			free(out);
		}
		assert_int_equal(lz4_stream_read(&stream, NULL, 1), -EINVAL);
		free_model(&model);
	}
	free(window);
}

static void damage_stays_inside(void **state)
{
	uint8_t *window = malloc(LZ4_WINDOW_SIZE);

	(void)state;
	for (uint64_t seed = 1; seed < 3000; seed++) {
		struct model model = make_model(seed % 20, 10);
		uint64_t where = seed;
		uint8_t *out = malloc(model.text_len), *again = malloc(model.text_len);
		struct lz4_stream stream;
		size_t produced;
		int err;

		for (int i = 0; i < 3; i++)
			model.block[test_random(&where, model.block_len)] =
				(uint8_t)test_random(&where, 256);
		err = lz4_decode(model.block, model.block_len, out, model.text_len, &produced);
		lz4_stream_start(&stream, model.block, model.block_len, window);
		if (err == 0 && produced == model.text_len) {
			assert_int_equal(lz4_stream_read(&stream, again, produced), 0);
			assert_memory_equal(out, again, produced);
		} else {
			assert_int_equal(lz4_stream_read(&stream, again, model.text_len), -EINVAL);
		}
		free(out);
		free(again);
		free_model(&model);
	}
	free(window);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(decodes_what_was_encoded, "a block decodes to what it was made from"),
		TEST(room_beyond_the_end_stays, "more room than the block fills is no error"),
		TEST(short_room_gets_the_beginning,
		     "less room than the block needs gets the beginning"),
		TEST(a_cut_block_is_short_or_malformed,
		     "a block that is cut anywhere is short or malformed"),
		TEST(a_match_before_the_beginning_is_malformed,
		     "a match from before the beginning, or at distance 0, is malformed"),
		TEST(a_stream_gives_the_same_in_pieces,
		     "a stream gives the same bytes in pieces of any size"),
		TEST(damage_stays_inside,
		     "a damaged block is malformed, or both decoders take it for the same"),
	};

	return RUN_TESTS("lz4");
}
