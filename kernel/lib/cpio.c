#include "kernel/lib/cpio.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define MAGIC "070701"
#define MAGIC_LEN 6u
#define FIELD_LEN 8u
#define HEADER_LEN 110u
#define TRAILER "TRAILER!!!"

/* Fields of eight hexadecimal digits after the magic, by number. */
enum {
	FIELD_MODE = 1,
	FIELD_FILE_SIZE = 6,
	FIELD_NAME_SIZE = 11,
};

bool cpio_is_archive(const void *bytes, size_t len)
{
	return len >= HEADER_LEN && memcmp(bytes, MAGIC, MAGIC_LEN) == 0;
}

static bool read_digit(uint8_t c, uint32_t *out)
{
	if (c >= '0' && c <= '9')
		*out = c - (uint32_t)'0';
	else if (c >= 'a' && c <= 'f')
		*out = c - (uint32_t)'a' + 10;
	else if (c >= 'A' && c <= 'F')
		*out = c - (uint32_t)'A' + 10;
	else
		return false;
	return true;
}

static bool read_field(const uint8_t *header, uint32_t number, uint32_t *out)
{
	const uint8_t *field = header + MAGIC_LEN + (size_t)number * FIELD_LEN;
	uint32_t value = 0;
	uint32_t digit;

	for (uint32_t i = 0; i < FIELD_LEN; i++) {
		if (!read_digit(field[i], &digit))
			return false;
		value = value << 4 | digit;
	}
	*out = value;
	return true;
}

int cpio_next(const void *bytes, size_t len, size_t *offset, struct cpio_entry *out)
{
	const uint8_t *base = bytes;
	size_t at = *offset;
	uint32_t mode, file_size, name_size;
	size_t data_at;

	if (at > len || !cpio_is_archive(base + at, len - at))
		return -EINVAL;
	if (!read_field(base + at, FIELD_MODE, &mode) ||
	    !read_field(base + at, FIELD_FILE_SIZE, &file_size) ||
	    !read_field(base + at, FIELD_NAME_SIZE, &name_size))
		return -EINVAL;
	/* Sums of a size in memory and 32 bits: they do not wrap. */
	if (name_size < 2 || name_size > len - at - HEADER_LEN ||
	    base[at + HEADER_LEN + name_size - 1] != '\0')
		return -EINVAL;
	out->name = (const char *)base + at + HEADER_LEN;
	if (out->name[0] == '\0')
		return -EINVAL;
	if (strcmp(out->name, TRAILER) == 0)
		return -ENOENT;
	data_at = ALIGN_UP(at + HEADER_LEN + name_size, 4);
	if (data_at > len || file_size > len - data_at)
		return -EINVAL;
	out->data = base + data_at;
	out->len = file_size;
	out->mode = mode;
	*offset = MIN(ALIGN_UP(data_at + file_size, 4), len);
	return 0;
}
