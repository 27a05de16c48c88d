/*
 * ACPI tables: find the root pointer, walk the root table, check and look up.
 *
 * Only the static tables; no AML is interpreted. Firmware is not trusted: every
 * address goes through the window, every length is bounded, every checksum is
 * verified before a table can be found. A table that fails is kept in the list
 * with its reason, so that the caller can say what was ignored and why.
 *
 * These functions return an acpi_reason, 0 (ACPI_OK) or why not, in place of an
 * error number: the reason is what goes to the log.
 */
#ifndef KERNEL_ACPI_ACPI_TABLES_H
#define KERNEL_ACPI_ACPI_TABLES_H

#include <stdint.h>

#include "kernel/core/boot_memory.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define ACPI_MAX_TABLES 128
#define ACPI_HEADER_LEN 36
/* Addresses from here on are nonsense. */
#define ACPI_PHYS_LIMIT (1ull << 52)
/* The largest table believed; DSDTs of servers have a few hundred KiB. */
#define ACPI_MAX_TABLE_LEN (4u << 20)

enum acpi_reason {
	ACPI_OK,
	ACPI_NOT_FOUND,
	ACPI_UNREACHABLE,   /* not in memory that can be mapped */
	ACPI_BAD_SIGNATURE, /* another table than its reference says */
	ACPI_BAD_LENGTH,    /* shorter than its fixed part, or absurd */
	ACPI_BAD_CHECKSUM,
	ACPI_SELF_REFERENCE, /* a root table that lists itself or another root */
	ACPI_DUPLICATE,	     /* the same address listed twice */
	ACPI_BAD_CONTENT,    /* well formed, but what it says cannot be */
};

/* What a generic address structure lies in. */
enum acpi_space {
	ACPI_SPACE_MEMORY = 0,
	ACPI_SPACE_IO = 1,
	ACPI_SPACE_PCI = 2, /* addr: device 32-47, function 16-31, offset 0-15; bus 0 */
};

/* A table that was checked: header included, len bytes may be read. */
struct acpi_table {
	const uint8_t *data;
	uint32_t len;
};

struct acpi_table_ref {
	paddr_t addr;
	uint32_t len;	   /* 0 unless the header could be read */
	char signature[5]; /* terminated; unprintable bytes are '?' */
	enum acpi_reason reason;
};

struct acpi_tables {
	struct boot_memory mem;
	paddr_t rsdp;
	paddr_t root;	  /* the XSDT, or the RSDT */
	uint8_t revision; /* of the root pointer: 0 is ACPI 1.0 */
	char oem_id[7];	  /* terminated; unprintable bytes are '?' */
	struct acpi_table_ref refs[ACPI_MAX_TABLES];
	uint32_t count;
	uint32_t dropped; /* references beyond ACPI_MAX_TABLES */
};

/*
 * Takes the root pointer at rsdp or, when that is 0 or no good, searches the
 * places where a BIOS puts it; then lists the tables. *out keeps a copy of the
 * window and must be able to use it as long as tables are read. On failure *out
 * is an empty list, on which acpi_find_table works.
 */
MUST_CHECK enum acpi_reason acpi_tables_init(const struct boot_memory *mem, paddr_t rsdp,
					     struct acpi_tables *out);

/*
 * The sound table with the four-letter signature, the index-th one from 0.
 * ACPI_NOT_FOUND, or the reason why the only such table was ignored.
 */
MUST_CHECK enum acpi_reason acpi_find_table(const struct acpi_tables *tables, const char *signature,
					    uint32_t index, struct acpi_table *out);

/* Checks the table at addr, which must have the signature; NULL takes any. */
MUST_CHECK enum acpi_reason acpi_check_table(const struct boot_memory *mem, paddr_t addr,
					     const char *signature, struct acpi_table *out);

/* A few words for the log. */
const char *acpi_reason_text(enum acpi_reason reason);

/*
 * Fields of a table by offset. What lies beyond the end of the table reads as 0,
 * which is what later revisions of the specification mean by a missing field.
 */
uint8_t acpi_u8(const struct acpi_table *table, uint32_t offset);
uint16_t acpi_u16(const struct acpi_table *table, uint32_t offset);
uint32_t acpi_u32(const struct acpi_table *table, uint32_t offset);
uint64_t acpi_u64(const struct acpi_table *table, uint32_t offset);

#endif
