#include "userland/lib/native.h"

#define MAX_STRINGS 128

char **native_modules;
uint32_t native_module_count;
uint32_t native_cap_count;
const char *native_program_name = "";

static char *strings[MAX_STRINGS + 2];

_Noreturn void native_start(char *args, uint64_t len, uint64_t cap_count);

/* Strings into argv form; the kernel has seen to it that the last byte is ours. */
static int split(char *args, uint64_t len)
{
	int count = 0;

	for (uint64_t at = 0; at < len && count < MAX_STRINGS; at += strlen(args + at) + 1)
		strings[count++] = args + at;
	return count;
}

_Noreturn void native_start(char *args, uint64_t len, uint64_t cap_count)
{
	int count;
	int argc = 0;

	if (len > 0)
		args[len - 1] = '\0';
	count = split(args, len);
	while (argc < count && strcmp(strings[argc], "--") != 0)
		argc++;
	native_modules = strings + MAX_STRINGS; /* a NULL */
	if (argc < count) {
		strings[argc] = NULL;
		native_modules = strings + argc + 1;
		native_module_count = (uint32_t)(count - argc - 1);
	}
	native_cap_count = (uint32_t)cap_count;
	if (argc > 0)
		native_program_name = strings[0];
	for (;;)
		(void)native_proc_exit(main(argc, strings));
}

uint32_t native_find_module(const char *name)
{
	for (uint32_t i = 0; i < native_module_count; i++) {
		if (strcmp(native_modules[i], name) == 0)
			return i;
	}
	return NATIVE_NO_SLOT;
}

int64_t native_spawn_program(uint32_t image, const char *const *argv,
			     const struct native_hand *hand)
{
	struct native_spawn spawn = {
		.image = image,
		.job = hand->job,
		.caps = (uint64_t)hand->caps,
		.cap_count = hand->cap_count,
		.authority = (uint64_t)hand->authority,
		.authority_count = hand->authority_count,
	};
	char args[4096];
	uint64_t used = 0;
	int64_t size = native_mem_size(image);
	size_t n;

	if (size < 0)
		return size;
	for (; *argv; argv++) {
		n = strlen(*argv) + 1;
		if (n > sizeof(args) - used)
			return -E2BIG;
		memcpy(args + used, *argv, n);
		if (used == 0)
			memcpy(spawn.name, args,
			       n < sizeof(spawn.name) ? n : sizeof(spawn.name) - 1);
		used += n;
	}
	spawn.image_len = (uint64_t)size;
	spawn.args = (uint64_t)args;
	spawn.args_len = (uint32_t)used;
	return native_proc_spawn(&spawn);
}
