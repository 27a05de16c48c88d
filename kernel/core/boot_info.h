/*
 * Boot information: what every boot path hands over, in one form.
 *
 * The parsers (kernel/arch/x86_64/multiboot2.c, pvh.c) fill it from structures
 * that may lie; what they leave here is bounded and consistent, and everything
 * after them trusts it. All addresses are physical.
 */
#ifndef KERNEL_CORE_BOOT_INFO_H
#define KERNEL_CORE_BOOT_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/types.h"

#define BOOT_MAX_REGIONS 256
#define BOOT_MAX_MODULES 16
#define BOOT_MODULE_NAME_LEN 64
/* A longer command line is cut at the last whole word, with a warning. */
#define BOOT_CMDLINE_LEN 65536

enum boot_path {
	BOOT_PATH_MULTIBOOT2,
	BOOT_PATH_PVH,
};

/* After normalisation regions are sorted, disjoint and not empty. */
enum boot_region_type {
	BOOT_REGION_USABLE,
	BOOT_REGION_ACPI_RECLAIMABLE,
	BOOT_REGION_ACPI_NVS,
	BOOT_REGION_RESERVED,
	BOOT_REGION_BAD,
};

struct boot_region {
	paddr_t start;
	uint64_t len; /* bytes */
	enum boot_region_type type;
};

/* A file that the loader put into memory: root image, configuration, images. */
struct boot_module {
	paddr_t start;
	uint64_t len;
	char name[BOOT_MODULE_NAME_LEN]; /* the module's command line, cut */
};

struct boot_framebuffer {
	bool is_present;
	bool is_text; /* EGA text, width and height in characters */
	paddr_t addr;
	uint32_t pitch; /* bytes a line */
	uint32_t width;
	uint32_t height;
	uint8_t bits_per_pixel;
	uint8_t red_pos, red_size;
	uint8_t green_pos, green_size;
	uint8_t blue_pos, blue_size;
};

struct boot_info {
	enum boot_path path;
	char loader[64];

	struct boot_region regions[BOOT_MAX_REGIONS];
	uint32_t region_count;

	struct boot_module modules[BOOT_MAX_MODULES];
	uint32_t module_count;

	char cmdline[BOOT_CMDLINE_LEN];
	uint32_t cmdline_len;

	struct boot_framebuffer framebuffer;

	paddr_t rsdp; /* 0: none was handed over */

	/* Where the loader's own structures lie; kept until they are parsed. */
	paddr_t info_start;
	uint64_t info_len;

	/* What the parsers found wrong and worked around, one bit a kind. */
	uint32_t warnings;
};

enum boot_warning {
	BOOT_WARN_BAD_TAG = 1u << 0,	      /* a tag or entry of impossible size, skipped */
	BOOT_WARN_TRUNCATED = 1u << 1,	      /* the structure ended early */
	BOOT_WARN_TOO_MANY_REGIONS = 1u << 2, /* further regions dropped */
	BOOT_WARN_TOO_MANY_MODULES = 1u << 3, /* further modules dropped */
	BOOT_WARN_BAD_REGION = 1u << 4,	      /* a region that is empty or wraps, skipped */
	BOOT_WARN_OVERLAP = 1u << 5,	      /* regions overlapped; the stricter type won */
	BOOT_WARN_BAD_MODULE = 1u << 6,	     /* a module that is empty, wraps or is not in memory */
	BOOT_WARN_CMDLINE_CUT = 1u << 7,     /* the command line was longer than we keep */
	BOOT_WARN_BAD_FRAMEBUFFER = 1u << 8, /* a framebuffer we cannot use, ignored */
};

#endif
