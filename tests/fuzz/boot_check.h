/* What every parser of the boot promises about its result, whatever it was given. */
#ifndef TESTS_FUZZ_BOOT_CHECK_H
#define TESTS_FUZZ_BOOT_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "kernel/core/boot_info.h"
#include "kernel/mm/memmap.h"

static inline void fuzz_check(int condition)
{
	if (!condition)
		abort();
}

static inline void check_boot_info(const struct boot_info *info)
{
	const struct boot_framebuffer *fb = &info->framebuffer;

	fuzz_check(memmap_is_normal(info));
	fuzz_check(info->cmdline_len < BOOT_CMDLINE_LEN);
	fuzz_check(strlen(info->cmdline) == info->cmdline_len);
	fuzz_check(memchr(info->loader, 0, sizeof(info->loader)) != NULL);
	fuzz_check(info->module_count <= BOOT_MAX_MODULES);
	for (uint32_t i = 0; i < info->module_count; i++) {
		const struct boot_module *module = &info->modules[i];

		fuzz_check(memmap_is_usable(info, module->start, module->len));
		fuzz_check(memchr(module->name, 0, sizeof(module->name)) != NULL);
	}
	if (fb->is_present) {
		fuzz_check(fb->width > 0 && fb->height > 0 && fb->pitch >= fb->width);
		fuzz_check(fb->addr + (uint64_t)fb->pitch * fb->height <= MEMMAP_LIMIT);
	}
}

#endif
