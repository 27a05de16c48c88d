/*
 * Fuzzing boot archives: whatever the bytes are, each entry lies inside of them, has a
 * name with an end, and the walk comes to one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/cpio.h"

static void check(int condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct cpio_entry entry;
	size_t offset = 0;
	size_t before = 0;

	while (cpio_next(bytes, len, &offset, &entry) == 0) {
		check(offset > before && offset <= len);
		check(entry.data >= bytes && entry.data + entry.len <= bytes + len);
		check((const uint8_t *)entry.name + strlen(entry.name) < bytes + len);
		check(entry.name[0] != '\0');
		before = offset;
	}
	check(offset == before);
	return 0;
}
