/*
 * ELF files, checked once and for all.
 *
 * Each number of the file is compared before it is added to another, so nothing
 * wraps; each part of the file that the plan names lies in the file, and each
 * address below user_end. A field that does not matter here (section headers, the
 * physical addresses) is not looked at.
 *
 * Pages. A segment need not begin or end at a page. Its first page then shows what
 * comes before it in the file too, which is harmless and customary. Two segments
 * in one page would need one protection for both: such a file is refused.
 */
#include "kernel/task/elf.h"

#include "kernel/lib/bits.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/le.h"
#include "kernel/lib/string.h"

/* gABI, chapter 4 and 5; numbers of the file's fields. */
#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1
#define ELF_VERSION 1
#define ELF_MACHINE_X86_64 62
#define ET_EXEC 2
#define ET_DYN 3

#define PT_LOAD 1
#define PT_INTERP 3
#define PT_TLS 7
#define PT_GNU_STACK 0x6474e551

#define PF_X (1u << 0)
#define PF_W (1u << 1)
#define PF_R (1u << 2)

/* Alignments beyond that are not kept; address randomisation has no room for them. */
#define ELF_MAX_ALIGN GIB(1)

struct program_header {
	uint32_t type;
	uint32_t flags;
	uint64_t offset;
	uint64_t vaddr;
	uint64_t file_len;
	uint64_t mem_len;
	uint64_t align;
};

static struct program_header read_program_header(const uint8_t *at)
{
	return (struct program_header){
		.type = le32_load(at),
		.flags = le32_load(at + 4),
		.offset = le64_load(at + 8),
		.vaddr = le64_load(at + 16),
		.file_len = le64_load(at + 32),
		.mem_len = le64_load(at + 40),
		.align = le64_load(at + 48),
	};
}

static bool is_ident_ok(const uint8_t *ident)
{
	return memcmp(ident, "\177ELF", 4) == 0 && ident[4] == ELF_CLASS_64 &&
	       ident[5] == ELF_DATA_LITTLE && ident[6] == ELF_VERSION;
}

int elf_parse_header(const void *bytes, size_t len, uint64_t file_len, struct elf_header *out)
{
	const uint8_t *b = bytes;
	struct elf_header header;
	uint16_t type;

	if (len < ELF_HEADER_SIZE || file_len < ELF_HEADER_SIZE || !is_ident_ok(b))
		return -ENOEXEC;
	if (le16_load(b + 18) != ELF_MACHINE_X86_64 || le32_load(b + 20) != ELF_VERSION)
		return -ENOEXEC;
	type = le16_load(b + 16);
	if (type != ET_EXEC && type != ET_DYN)
		return -ENOEXEC;
	header.type = type == ET_EXEC ? ELF_EXEC : ELF_DYN;
	header.entry = le64_load(b + 24);
	header.table_offset = le64_load(b + 32);
	header.table_count = le16_load(b + 56);
	if (le16_load(b + 54) != ELF_PROGRAM_HEADER_SIZE)
		return -ENOEXEC;
	if (header.table_count == 0 || header.table_count > ELF_MAX_PROGRAM_HEADERS)
		return -ENOEXEC;
	if (!range_fits(header.table_offset, header.table_count * ELF_PROGRAM_HEADER_SIZE,
			file_len))
		return -ENOEXEC;
	*out = header;
	return 0;
}

static uint32_t prot_of(uint32_t flags)
{
	uint32_t prot = 0;

	if (flags & PF_R)
		prot |= ELF_PROT_READ;
	if (flags & PF_W)
		prot |= ELF_PROT_WRITE;
	if (flags & PF_X)
		prot |= ELF_PROT_EXEC;
	return prot;
}

/* 0 when the header alone makes sense as a segment. */
static int check_load(const struct program_header *ph, uint64_t file_len, vaddr_t user_end)
{
	if (ph->file_len > ph->mem_len || !range_fits(ph->offset, ph->file_len, file_len))
		return -ENOEXEC;
	if ((ph->vaddr ^ ph->offset) & (PAGE_SIZE - 1))
		return -ENOEXEC;
	if (ph->align > 1 && (!is_pow2(ph->align) || ph->align > ELF_MAX_ALIGN))
		return -ENOEXEC;
	/* user_end is page aligned, so the end stays below it when rounded up. */
	if (!range_fits(ph->vaddr, ph->mem_len, user_end))
		return -ENOMEM;
	return 0;
}

static int add_load(struct elf_plan *plan, const struct program_header *ph, uint64_t file_len,
		    vaddr_t user_end)
{
	uint64_t skew = ph->vaddr & (PAGE_SIZE - 1);
	struct elf_segment *segment;
	int err;

	if (ph->mem_len == 0)
		return 0;
	err = check_load(ph, file_len, user_end);
	if (err)
		return err;
	if (plan->segment_count == ELF_MAX_SEGMENTS)
		return -ENOEXEC;
	if (plan->segment_count > 0 && ph->vaddr - skew < plan->end)
		return -ENOEXEC;

	segment = &plan->segments[plan->segment_count++];
	segment->vaddr = ph->vaddr - skew;
	segment->mem_len = ALIGN_UP(skew + ph->mem_len, PAGE_SIZE);
	segment->file_offset = ph->offset - skew;
	segment->data_len = ph->file_len > 0 ? skew + ph->file_len : 0;
	segment->prot = prot_of(ph->flags);
	if (plan->segment_count == 1)
		plan->start = segment->vaddr;
	plan->end = segment->vaddr + segment->mem_len;
	plan->align = MAX(plan->align, ph->align);
	return 0;
}

static int add_interp(struct elf_plan *plan, const struct program_header *ph, uint64_t file_len)
{
	if (plan->interp_len > 0 || ph->file_len < 2 || ph->file_len > ELF_MAX_INTERPRETER)
		return -ENOEXEC;
	if (!range_fits(ph->offset, ph->file_len, file_len))
		return -ENOEXEC;
	plan->interp_offset = ph->offset;
	plan->interp_len = (uint32_t)ph->file_len;
	return 0;
}

static int add_tls(struct elf_plan *plan, const struct program_header *ph)
{
	uint64_t align = MAX(ph->align, 1);

	if (ph->mem_len == 0)
		return 0;
	if (plan->tls_mem_len > 0 || ph->file_len > ph->mem_len)
		return -ENOEXEC;
	if (!is_pow2(align) || align > ELF_MAX_ALIGN || ph->mem_len > ELF_MAX_ALIGN)
		return -ENOEXEC;
	plan->tls_vaddr = ph->vaddr;
	plan->tls_data_len = ph->file_len;
	plan->tls_mem_len = ph->mem_len;
	plan->tls_align = align;
	return 0;
}

static int add_header(struct elf_plan *plan, const struct program_header *ph, uint64_t file_len,
		      vaddr_t user_end)
{
	switch (ph->type) {
	case PT_LOAD:
		return add_load(plan, ph, file_len, user_end);
	case PT_INTERP:
		return add_interp(plan, ph, file_len);
	case PT_TLS:
		return add_tls(plan, ph);
	case PT_GNU_STACK:
		plan->stack = ph->flags & PF_X ? ELF_STACK_EXEC : ELF_STACK_DATA;
		return 0;
	default:
		return 0;
	}
}

/* The segment whose data hold len bytes at addr, or NULL. */
static const struct elf_segment *find_data(const struct elf_plan *plan, vaddr_t addr, uint64_t len)
{
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *segment = &plan->segments[i];

		if (addr >= segment->vaddr &&
		    range_fits(addr - segment->vaddr, len, segment->data_len))
			return segment;
	}
	return NULL;
}

static bool is_entry_ok(const struct elf_plan *plan)
{
	const struct elf_segment *segment = find_data(plan, plan->entry, 1);

	return segment && (segment->prot & ELF_PROT_EXEC);
}

/* Where the table will be in memory, if a segment happens to contain it. */
static vaddr_t find_table(const struct elf_plan *plan, const struct elf_header *header)
{
	uint64_t len = header->table_count * ELF_PROGRAM_HEADER_SIZE;

	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *segment = &plan->segments[i];

		if (header->table_offset >= segment->file_offset &&
		    range_fits(header->table_offset - segment->file_offset, len, segment->data_len))
			return segment->vaddr + (header->table_offset - segment->file_offset);
	}
	return 0;
}

int elf_parse_table(const struct elf_header *header, const void *table, uint64_t file_len,
		    vaddr_t user_end, struct elf_plan *out)
{
	const uint8_t *at = table;
	int err;

	memset(out, 0, sizeof(*out));
	out->type = header->type;
	out->entry = header->entry;
	out->align = PAGE_SIZE;
	out->table_count = header->table_count;
	for (uint32_t i = 0; i < header->table_count; i++) {
		struct program_header ph = read_program_header(at + i * ELF_PROGRAM_HEADER_SIZE);

		err = add_header(out, &ph, file_len, user_end);
		if (err)
			return err;
	}
	if (out->segment_count == 0 || !is_entry_ok(out))
		return -ENOEXEC;
	if (out->tls_data_len > 0 && !find_data(out, out->tls_vaddr, out->tls_data_len))
		return -ENOEXEC;
	out->table_vaddr = find_table(out, header);
	return 0;
}
