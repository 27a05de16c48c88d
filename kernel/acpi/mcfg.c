#include "kernel/acpi/mcfg.h"

#include "kernel/lib/string.h"

#define MCFG_FIXED_LEN 44
#define MCFG_ENTRY_LEN 16

static bool overlaps(const struct mcfg_range *a, const struct mcfg_range *b)
{
	return a->segment == b->segment && a->start_bus <= b->end_bus && b->start_bus <= a->end_bus;
}

static bool range_is_sound(const struct mcfg *mcfg, const struct mcfg_range *range)
{
	uint64_t top = ((uint64_t)range->end_bus + 1) * MCFG_BUS_BYTES;

	if (range->base == 0 || !IS_ALIGNED(range->base, (paddr_t)MCFG_BUS_BYTES))
		return false;
	if (range->start_bus > range->end_bus || range->base > ACPI_PHYS_LIMIT - top)
		return false;
	for (uint32_t i = 0; i < mcfg->count; i++) {
		if (overlaps(&mcfg->ranges[i], range))
			return false;
	}
	return true;
}

/* From 44 on: base, segment (16 bits), first and last bus, 4 bytes of nothing. */
enum acpi_reason mcfg_parse(const struct acpi_table *table, struct mcfg *out)
{
	memset(out, 0, sizeof(*out));
	if (table->len < MCFG_FIXED_LEN)
		return ACPI_BAD_LENGTH;
	for (uint32_t pos = MCFG_FIXED_LEN; table->len - pos >= MCFG_ENTRY_LEN;
	     pos += MCFG_ENTRY_LEN) {
		struct mcfg_range range = {
			.base = acpi_u64(table, pos),
			.segment = acpi_u16(table, pos + 8),
			.start_bus = acpi_u8(table, pos + 10),
			.end_bus = acpi_u8(table, pos + 11),
		};

		if (out->count == MCFG_MAX_RANGES || !range_is_sound(out, &range))
			out->skipped++;
		else
			out->ranges[out->count++] = range;
	}
	return out->count > 0 ? ACPI_OK : ACPI_BAD_CONTENT;
}
