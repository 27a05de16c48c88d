#include "compat/linux/process/exec.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/fault.h"

#define POINTER_SIZE sizeof(uint64_t)

void exec_strings_init(struct exec_strings *strings, struct mem_account *account, uint64_t max)
{
	memset(strings, 0, sizeof(*strings));
	strings->account = account;
	strings->max = MIN(max, EXEC_STRINGS_MAX);
}

void exec_strings_fini(struct exec_strings *strings)
{
	for (size_t i = 0; i < EXEC_CHUNKS_MAX; i++) {
		if (strings->chunks[i])
			kmem_free_charged(strings->account, strings->chunks[i], EXEC_CHUNK_SIZE);
		strings->chunks[i] = NULL;
	}
}

/* Room at the end: at least one byte, at most to the end of a chunk. */
static int get_room(struct exec_strings *strings, uint8_t **out, size_t *len_out)
{
	uint64_t used = strings->len + (strings->count + 1) * POINTER_SIZE;
	uint64_t chunk = strings->len / EXEC_CHUNK_SIZE;
	uint64_t at = strings->len % EXEC_CHUNK_SIZE;

	if (used >= strings->max || chunk >= EXEC_CHUNKS_MAX)
		return -E2BIG;
	if (!strings->chunks[chunk])
		strings->chunks[chunk] = kmem_zalloc_charged(strings->account, EXEC_CHUNK_SIZE);
	if (!strings->chunks[chunk])
		return -ENOMEM;
	*out = strings->chunks[chunk] + at;
	*len_out = MIN(EXEC_CHUNK_SIZE - at, strings->max - used);
	return 0;
}

int exec_strings_add(struct exec_strings *strings, const char *text)
{
	size_t left = strlen(text) + 1;
	size_t room;
	uint8_t *to;
	int err;

	while (left > 0) {
		err = get_room(strings, &to, &room);
		if (err)
			return err;
		room = MIN(room, left);
		memcpy(to, text, room);
		strings->len += room;
		text += room;
		left -= room;
	}
	strings->count++;
	return 0;
}

int exec_strings_add_user(struct exec_strings *strings, struct user_ptr text)
{
	uint64_t start = strings->len;
	ssize_t len = -ENAMETOOLONG;
	size_t room;
	uint8_t *to;
	int err;

	while (len == -ENAMETOOLONG) {
		err = get_room(strings, &to, &room);
		if (err)
			return err;
		len = strncpy_from_user((char *)to, text, room);
		if (len == -EFAULT)
			return -EFAULT;
		if (len == -ENAMETOOLONG) {
			strings->len += room;
			text = user_ptr_add(text, room);
		} else {
			strings->len += (uint64_t)len + 1;
		}
		if (strings->len - start > EXEC_STRING_MAX)
			return -E2BIG;
	}
	strings->count++;
	return 0;
}

int exec_strings_add_array(struct exec_strings *strings, struct user_ptr array)
{
	uint64_t pointer = 1;
	int err = 0;

	if (user_ptr_is_null(array))
		return 0;
	while (!err && pointer) {
		err = copy_from_user(&pointer, array, sizeof(pointer));
		if (!err && pointer)
			err = exec_strings_add_user(strings, user_ptr(pointer));
		array = user_ptr_add(array, sizeof(pointer));
	}
	return err;
}

int exec_strings_write(const struct exec_strings *strings, uint64_t from, struct vmspace *space,
		       vaddr_t addr)
{
	uint64_t len;
	int err = 0;

	for (uint64_t at = from; at < strings->len && !err; at += len) {
		len = MIN(EXEC_CHUNK_SIZE - at % EXEC_CHUNK_SIZE, strings->len - at);
		err = vm_write(space, addr + (at - from),
			       strings->chunks[at / EXEC_CHUNK_SIZE] + at % EXEC_CHUNK_SIZE, len);
	}
	return err;
}
