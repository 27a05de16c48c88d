/*
 * ELF: what an executable file wants of an address space (System V ABI, gABI 4.1
 * and its AMD64 supplement). Pure: a file is bytes here, and hostile; whatever is
 * in it, the plan that comes out is consistent, bounded, and can be acted on
 * without looking at the file's headers again.
 */
#ifndef KERNEL_TASK_ELF_H
#define KERNEL_TASK_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define ELF_HEADER_SIZE 64u
#define ELF_PROGRAM_HEADER_SIZE 56ul
#define ELF_MAX_PROGRAM_HEADERS 64u
#define ELF_MAX_SEGMENTS 32u
#define ELF_MAX_INTERPRETER 4096u
/* Bytes of a program header table that are ever needed. */
#define ELF_MAX_TABLE_SIZE (ELF_MAX_PROGRAM_HEADERS * ELF_PROGRAM_HEADER_SIZE)

enum elf_type {
	ELF_EXEC, /* at the addresses it names */
	ELF_DYN,  /* anywhere: position independent program, or an interpreter */
};

enum elf_prot {
	ELF_PROT_READ = 1u << 0,
	ELF_PROT_WRITE = 1u << 1,
	ELF_PROT_EXEC = 1u << 2,
};

enum elf_stack {
	ELF_STACK_DEFAULT, /* no PT_GNU_STACK */
	ELF_STACK_DATA,
	ELF_STACK_EXEC,
};

/* The first 64 bytes, checked. */
struct elf_header {
	enum elf_type type;
	uint64_t entry;
	uint64_t table_offset; /* of the program headers in the file */
	uint32_t table_count;  /* 1..ELF_MAX_PROGRAM_HEADERS */
};

/*
 * Pages [vaddr, vaddr + file_len rounded up) come from the file at file_offset,
 * private; bytes from vaddr + data_len on, to the end of their page, are zero in a
 * writable segment. Pages from there to vaddr + mem_len are zero-filled. vaddr,
 * file_offset and mem_len are multiples of the page size; data_len <= mem_len.
 */
struct elf_segment {
	vaddr_t vaddr;
	uint64_t mem_len;
	uint64_t file_offset;
	uint64_t data_len;
	uint32_t prot; /* enum elf_prot */
};

struct elf_plan {
	enum elf_type type;
	vaddr_t entry; /* as all addresses here: to which the load bias is added */
	vaddr_t start; /* lowest and highest address of the segments, page aligned */
	vaddr_t end;
	uint64_t align; /* that the load bias needs: a power of two, at least a page */
	enum elf_stack stack;

	/* The program headers as the program will find them: 0 if not in a segment. */
	vaddr_t table_vaddr;
	uint32_t table_count;

	/* PT_INTERP: where its name lies in the file, with its NUL; len 0: none. */
	uint64_t interp_offset;
	uint32_t interp_len;

	/* PT_TLS: len 0: none. Inside a segment. */
	vaddr_t tls_vaddr;
	uint64_t tls_data_len;
	uint64_t tls_mem_len;
	uint64_t tls_align;

	uint32_t segment_count; /* at least 1; ascending, no two share a page */
	struct elf_segment segments[ELF_MAX_SEGMENTS];
};

/*
 * Checks the first bytes of a file: 0, or -ENOEXEC when it is no 64-bit x86-64
 * executable that we can run, or len is less than ELF_HEADER_SIZE. file_len is the
 * file's size.
 */
MUST_CHECK int elf_parse_header(const void *bytes, size_t len, uint64_t file_len,
				struct elf_header *out);

/*
 * Makes the plan from the program headers: table holds header->table_count of
 * them. user_end is the first address a program cannot have. 0, -ENOEXEC for
 * headers that contradict themselves or the file, -ENOMEM when the segments do not
 * fit below user_end.
 */
MUST_CHECK int elf_parse_table(const struct elf_header *header, const void *table,
			       uint64_t file_len, vaddr_t user_end, struct elf_plan *out);

#endif
