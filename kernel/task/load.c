#include "kernel/task/load.h"

#include "kernel/arch/target.h"
#include "kernel/core/random.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/fault.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

/* Position independent programs lie in [base, base + spread) as chance decides. */
#define LOAD_DYN_BASE 0x555500000000ul
#define LOAD_DYN_SPREAD GIB(256)

static_assert((int)ELF_PROT_READ == (int)VM_READ && (int)ELF_PROT_WRITE == (int)VM_WRITE &&
		      (int)ELF_PROT_EXEC == (int)VM_EXEC,
	      "protections are passed on as they are");

int load_read_plan(const struct load_image *image, struct elf_plan *out)
{
	uint8_t header_bytes[ELF_HEADER_SIZE];
	struct elf_header header;
	size_t table_len;
	void *table;
	int err;

	if (image->len < sizeof(header_bytes))
		return -ENOEXEC;
	err = vmobj_read(image->object, 0, header_bytes, sizeof(header_bytes));
	if (err)
		return err;
	err = elf_parse_header(header_bytes, sizeof(header_bytes), image->len, &header);
	if (err)
		return err;
	table_len = header.table_count * ELF_PROGRAM_HEADER_SIZE;
	table = kmem_alloc(table_len);
	if (!table)
		return -ENOMEM;
	err = vmobj_read(image->object, header.table_offset, table, table_len);
	if (!err)
		err = elf_parse_table(&header, table, image->len, VM_USER_END, out);
	kmem_free(table, table_len);
	return err;
}

static int map_file_part(struct vmspace *space, const struct load_image *image,
			 const struct elf_segment *segment, uint64_t bias, uint32_t prot)
{
	struct vm_map_request request = {
		.addr = segment->vaddr + bias,
		.len = ALIGN_UP(segment->data_len, PAGE_SIZE),
		.place = VM_PLACE_FIXED_NEW,
		.prot = prot,
		.max_prot = VM_PROT_ALL,
		.object = image->object,
		.offset = segment->file_offset,
		.grant = image->grant,
	};
	vaddr_t addr;

	return vmspace_map(space, &request, &addr);
}

static int map_zero_part(struct vmspace *space, const struct elf_segment *segment, uint64_t bias)
{
	uint64_t file_len = ALIGN_UP(segment->data_len, PAGE_SIZE);
	struct vm_map_request request = {
		.addr = segment->vaddr + file_len + bias,
		.len = segment->mem_len - file_len,
		.place = VM_PLACE_FIXED_NEW,
		.prot = segment->prot,
		.max_prot = VM_PROT_ALL,
	};
	vaddr_t addr;

	return vmspace_map(space, &request, &addr);
}

/* What lies behind the data in their last page belongs to something else in the file. */
static int clear_tail(struct vmspace *space, vaddr_t addr)
{
	static const uint8_t zeros[PAGE_SIZE];

	return vm_write(space, addr, zeros, ALIGN_UP(addr, PAGE_SIZE) - addr);
}

static int map_segment(struct vmspace *space, const struct load_image *image,
		       const struct elf_segment *segment, uint64_t bias)
{
	uint64_t file_len = ALIGN_UP(segment->data_len, PAGE_SIZE);
	bool has_tail = segment->data_len < file_len &&
			((segment->prot & ELF_PROT_WRITE) || segment->mem_len > file_len);
	uint32_t prot = has_tail ? VM_READ | VM_WRITE : segment->prot;
	int err = 0;

	if (file_len > 0)
		err = map_file_part(space, image, segment, bias, prot);
	if (!err && has_tail)
		err = clear_tail(space, segment->vaddr + segment->data_len + bias);
	if (!err && prot != segment->prot)
		err = vmspace_protect(space, segment->vaddr + bias, file_len, segment->prot);
	if (!err && segment->mem_len > file_len)
		err = map_zero_part(space, segment, bias);
	return err;
}

int load_map_plan(struct vmspace *space, const struct load_image *image,
		  const struct elf_plan *plan, uint64_t bias)
{
	int err = 0;

	for (uint32_t i = 0; i < plan->segment_count && !err; i++)
		err = map_segment(space, image, &plan->segments[i], bias);
	return err;
}

static int map_stack(struct vmspace *space, vaddr_t *top_out)
{
	struct vm_map_request request = {
		.len = LOAD_STACK_SIZE,
		.place = VM_PLACE_ANYWHERE,
		.prot = VM_READ | VM_WRITE,
		.max_prot = VM_READ | VM_WRITE,
		.flags = VM_MAP_STACK,
	};
	vaddr_t addr;
	int err = vmspace_map(space, &request, &addr);

	if (!err)
		*top_out = addr + LOAD_STACK_SIZE;
	return err;
}

/* A bias for a position independent program: its alignment, and chance. */
static uint64_t choose_bias(const struct elf_plan *plan)
{
	if (plan->type == ELF_EXEC)
		return 0;
	return ALIGN_UP(LOAD_DYN_BASE + random_below(LOAD_DYN_SPREAD), plan->align);
}

static int load_plan(struct vmspace *space, const struct load_image *image,
		     const struct elf_plan *plan, struct load_result *out)
{
	struct load_result result = {.base = choose_bias(plan)};
	int err;

	if (plan->interp_len > 0)
		return -ENOEXEC;
	if (!range_fits(result.base, plan->end, VM_USER_END))
		return -ENOMEM;
	result.entry = plan->entry + result.base;
	err = load_map_plan(space, image, plan, result.base);
	if (!err)
		err = map_stack(space, &result.stack_top);
	if (!err)
		*out = result;
	return err;
}

int load_program(struct vmspace *space, const struct load_image *image, struct load_result *out)
{
	struct elf_plan *plan = kmem_alloc(sizeof(*plan));
	int err;

	if (!plan)
		return -ENOMEM;
	err = load_read_plan(image, plan);
	if (!err)
		err = load_plan(space, image, plan, out);
	kmem_free(plan, sizeof(*plan));
	return err;
}
