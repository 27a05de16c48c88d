#include "kernel/acpi/hpet.h"

#define HPET_LEN 56
#define HPET_MAX_PERIOD_FS 100000000u

/* 36: identity; 40: address structure; 52: number; 53: shortest tick. */
enum acpi_reason acpi_hpet_parse(const struct acpi_table *table, struct acpi_hpet *out)
{
	uint32_t id = acpi_u32(table, 36);
	paddr_t addr = acpi_u64(table, 44);

	if (table->len < HPET_LEN)
		return ACPI_BAD_LENGTH;
	if (acpi_u8(table, 40) != ACPI_SPACE_MEMORY)
		return ACPI_BAD_CONTENT;
	if (addr == 0 || addr >= ACPI_PHYS_LIMIT || !IS_ALIGNED(addr, 1024))
		return ACPI_BAD_CONTENT;
	*out = (struct acpi_hpet){
		.addr = addr,
		.number = acpi_u8(table, 52),
		.min_tick = acpi_u16(table, 53),
		.comparator_count = (uint8_t)((id >> 8 & 0x1f) + 1),
		.is_64bit = id & 1u << 13,
	};
	return ACPI_OK;
}

enum acpi_reason acpi_hpet_period(uint64_t capabilities, uint32_t *period_fs)
{
	uint32_t period = (uint32_t)(capabilities >> 32);

	if (period == 0 || period > HPET_MAX_PERIOD_FS)
		return ACPI_BAD_CONTENT;
	*period_fs = period;
	return ACPI_OK;
}
