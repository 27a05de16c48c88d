/*
 * A block is a row of sequences: a token, literal bytes, and a match, which
 * repeats bytes of the output at a distance of up to 64 KiB. The halves of the
 * token are the two lengths; a half of 15 goes on in the bytes behind, which are
 * added up, to the first that is not 255. The last sequence has literals only.
 */
#include "kernel/lib/lz4.h"

#include <stdint.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

#define MIN_MATCH 4u
#define LONG_LENGTH 15u

struct input {
	const uint8_t *at;
	const uint8_t *end;
};

static size_t input_left(const struct input *in)
{
	return (size_t)(in->end - in->at);
}

/* The rest of a length that began with half a token. It cannot wrap: src is shorter. */
static int read_length(struct input *in, uint32_t half, size_t *out)
{
	size_t len = half;
	uint8_t more;

	if (half == LONG_LENGTH) {
		do {
			if (in->at == in->end)
				return -EINVAL;
			more = *in->at++;
			len += more;
		} while (more == 255);
	}
	*out = len;
	return 0;
}

/* Repeats what lies distance before dst; the two may overlap, then it is a pattern. */
static void copy_match(uint8_t *dst, size_t distance, size_t len)
{
	const uint8_t *from = dst - distance;

	/* What has been copied is the pattern again: twice as much in the next turn. */
	while (len > distance) {
		memcpy(dst, from, distance);
		dst += distance;
		len -= distance;
		distance *= 2;
	}
	memcpy(dst, from, len);
}

int lz4_decode(const void *src, size_t src_len, void *dst, size_t dst_len, size_t *produced)
{
	struct input in = {.at = src, .end = (const uint8_t *)src + src_len};
	uint8_t *out = dst;
	size_t done = 0, len, distance;
	uint8_t token;
	int err;

	while (done < dst_len) {
		if (in.at == in.end)
			return -EINVAL;
		token = *in.at++;
		err = read_length(&in, token >> 4, &len);
		if (err)
			return err;
		if (len > input_left(&in))
			return -EINVAL;
		len = MIN(len, dst_len - done);
		memcpy(out + done, in.at, len);
		in.at += len;
		done += len;
		/* The block ends with literals; a full dst may cut any part of it. */
		if (in.at == in.end || done == dst_len)
			break;

		if (input_left(&in) < 2)
			return -EINVAL;
		distance = le16_load(in.at);
		in.at += 2;
		if (distance == 0 || distance > done)
			return -EINVAL;
		err = read_length(&in, token & 15, &len);
		if (err)
			return err;
		len = MIN(len + MIN_MATCH, dst_len - done);
		copy_match(out + done, distance, len);
		done += len;
	}
	*produced = done;
	return 0;
}

void lz4_stream_start(struct lz4_stream *stream, const void *src, size_t src_len, void *window)
{
	*stream = (struct lz4_stream){
		.at = src, .end = (const uint8_t *)src + src_len, .window = window};
}

static int start_sequence(struct lz4_stream *stream)
{
	struct input in = {.at = stream->at, .end = stream->end};
	uint8_t token;
	int err;

	if (in.at == in.end)
		return -EINVAL;
	token = *in.at++;
	err = read_length(&in, token >> 4, &stream->literals);
	if (err)
		return err;
	if (stream->literals > input_left(&in))
		return -EINVAL;
	/* Its other half waits in the length for the match to be started. */
	stream->match = token & 15;
	stream->has_match = true;
	stream->at = in.at;
	return 0;
}

static int start_match(struct lz4_stream *stream)
{
	struct input in = {.at = stream->at, .end = stream->end};
	size_t distance;
	int err;

	if (input_left(&in) < 2)
		return -EINVAL;
	distance = le16_load(in.at);
	in.at += 2;
	if (distance == 0 || distance > stream->produced)
		return -EINVAL;
	err = read_length(&in, (uint32_t)stream->match, &stream->match);
	if (err)
		return err;
	stream->match += MIN_MATCH;
	stream->step = distance;
	stream->reach = distance;
	stream->has_match = false;
	stream->at = in.at;
	return 0;
}

/* At most len bytes into the window at place; how many they were. */
static size_t stream_literals(struct lz4_stream *stream, size_t place, size_t len)
{
	len = MIN(len, stream->literals);
	memcpy(stream->window + place, stream->at, len);
	stream->at += len;
	stream->literals -= len;
	return len;
}

/*
 * The same from the window itself. A match longer than its distance is a pattern,
 * and twice as far back is the same pattern, once so much of it has been copied.
 */
static size_t stream_match(struct lz4_stream *stream, size_t place, size_t len)
{
	size_t from;

	while (stream->step * 2 <= MIN(stream->reach, LZ4_WINDOW_SIZE / 2))
		stream->step *= 2;
	from = (place - stream->step) % LZ4_WINDOW_SIZE;
	len = MIN(MIN(len, stream->match), MIN(stream->step, LZ4_WINDOW_SIZE - from));
	/* From nearly a whole window back, it writes where it has just read. */
	memmove(stream->window + place, stream->window + from, len);
	stream->reach += len;
	stream->match -= len;
	return len;
}

int lz4_stream_read(struct lz4_stream *stream, void *dst, size_t len)
{
	uint8_t *out = dst;
	size_t place, part;
	int err = 0;

	while (len && !err) {
		place = (size_t)(stream->produced % LZ4_WINDOW_SIZE);
		part = MIN(len, LZ4_WINDOW_SIZE - place);
		if (stream->literals) {
			part = stream_literals(stream, place, part);
		} else if (stream->has_match) {
			err = start_match(stream);
			continue;
		} else if (stream->match) {
			part = stream_match(stream, place, part);
		} else {
			err = start_sequence(stream);
			continue;
		}
		if (out) {
			memcpy(out, stream->window + place, part);
			out += part;
		}
		stream->produced += part;
		len -= part;
	}
	return err;
}
