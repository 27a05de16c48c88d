/*
 * The machine under address spaces: real tables in the arena's memory, walked by
 * software, and two CPUs with translation caches that forget only what they are told
 * to. Locks, threads and grants are stand-ins.
 */
#ifndef TESTS_UNIT_VM_MACHINE_H
#define TESTS_UNIT_VM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/types.h"

#define CPUS 2

struct grant;
struct vmspace;

void machine_create(void);
void machine_destroy(void);

/* The CPU runs on these tables from now on; NULL: on the kernel's. */
void machine_run(uint32_t cpu, struct vmspace *space);

/*
 * The CPU reads or writes the first word of the page at addr as a program would:
 * through its translation cache, with faults. 0 or what vm_fault() said.
 */
int machine_read(uint32_t cpu, vaddr_t addr, uint32_t *out);
int machine_write(uint32_t cpu, vaddr_t addr, uint32_t word);

/* Grants without a tree. */
struct grant *machine_grant_create(void);
void machine_grant_revoke(struct grant *grant);
/* Things attached to any. */
extern uint32_t machine_attached;

#endif
