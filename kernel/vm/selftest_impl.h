/* What the self-tests of kernel/vm share. */
#ifndef KERNEL_VM_SELFTEST_IMPL_H
#define KERNEL_VM_SELFTEST_IMPL_H

#include "kernel/core/selftest.h"
#include "kernel/lib/types.h"
#include "kernel/vm/vmspace.h"

/* What is counted before a test and must be the same after it. */
struct selftest_vm_state {
	uint64_t pages; /* in use, but for kernel stacks */
	uint64_t objects;
	uint64_t accounts;
	uint32_t spaces;
};

void selftest_vm_before(struct selftest_vm_state *out);
/* Fails the test if anything is left. */
void selftest_vm_after(const struct selftest_vm_state *before);

/* A mapping at any address, or at addr if that is not 0; 0 after reporting a failure. */
vaddr_t selftest_vm_map(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t prot);
vaddr_t selftest_vm_map_object(struct vmspace *space, struct vmobj *object, struct grant *grant,
			       uint32_t flags);

#endif
