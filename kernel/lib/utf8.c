#include "kernel/lib/utf8.h"

#include "kernel/lib/errno.h"

/* What the first byte says: the length, and the bounds of the second byte,
 * which is where overlong forms, surrogates and U+110000 are refused
 * (RFC 3629, section 4). */
struct lead {
	int len;
	uint8_t second_min;
	uint8_t second_max;
};

static struct lead lead_of(uint8_t byte)
{
	if (byte < 0x80)
		return (struct lead){1, 0, 0};
	if (byte >= 0xc2 && byte <= 0xdf)
		return (struct lead){2, 0x80, 0xbf};
	if (byte >= 0xe0 && byte <= 0xef)
		return (struct lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
	if (byte >= 0xf0 && byte <= 0xf4)
		return (struct lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
	return (struct lead){0, 0, 0};
}

int utf8_decode(const char *s, size_t len, uint32_t *out)
{
	const uint8_t *p = (const uint8_t *)s;
	struct lead lead;
	uint32_t code;

	if (!len)
		return -EAGAIN;
	lead = lead_of(p[0]);
	if (lead.len == 0)
		return -EILSEQ;
	if (lead.len == 1) {
		*out = p[0];
		return 1;
	}

	/* The lead byte keeps 7 - len bits, each of the others 6. */
	code = p[0] & (0x7fu >> lead.len);
	for (int i = 1; i < lead.len; i++) {
		uint8_t min = i == 1 ? lead.second_min : 0x80;
		uint8_t max = i == 1 ? lead.second_max : 0xbf;

		if ((size_t)i >= len)
			return -EAGAIN;
		if (p[i] < min || p[i] > max)
			return -EILSEQ;
		code = code << 6 | (p[i] & 0x3f);
	}
	*out = code;
	return lead.len;
}

bool utf8_is_valid(const char *s, size_t len)
{
	while (len) {
		uint32_t code;
		int used = utf8_decode(s, len, &code);

		if (used < 0)
			return false;
		s += used;
		len -= (size_t)used;
	}
	return true;
}
