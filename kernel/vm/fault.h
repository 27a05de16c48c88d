/*
 * Fault: making a user address usable, or saying why not.
 *
 * The error says what the program did wrong:
 *
 *	-EFAULT		nothing is mapped there		SIGSEGV, SEGV_MAPERR
 *	-EACCES		the mapping forbids it		SIGSEGV, SEGV_ACCERR
 *	-EIO		the object was revoked, or	SIGBUS
 *			its supplier failed
 *	-ENXIO		beyond the end of the object	SIGBUS, BUS_ADRERR
 *	-ENOMEM		no memory, or no budget		out of memory: see
 *			for it					mem_account_limiting()
 *
 * A fault may sleep: thread context, no spinlock held, interrupts on.
 */
#ifndef KERNEL_VM_FAULT_H
#define KERNEL_VM_FAULT_H

#include "kernel/arch/trap.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct page;
struct vmspace;

/* Resolves one access (enum fault_access bits) at addr: 0 or one of the above. */
MUST_CHECK int vm_fault(struct vmspace *space, vaddr_t addr, uint32_t access);

/*
 * For trap_hooks.page_fault: vm_fault() in the address space of the running
 * thread. Leaves the error in thread->fault_error too, for who only knows that a
 * user copy failed. -EFAULT where a fault may not sleep: an access to user
 * memory with preemption off fails instead.
 */
int vm_page_fault(struct trap_frame *frame, vaddr_t addr, uint32_t access);

/*
 * Makes all pages of a range usable for the access, faulting them in as the
 * program would: 0 or the first error. For mlock(), MAP_POPULATE and the like.
 */
MUST_CHECK int vm_populate(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t access);

/*
 * The page behind a user address in any space, with a reference: for reading and
 * writing another process's memory. Errors as vm_fault(). With FAULT_WRITE it is
 * the space's own page for now; it may be copied away by a later fork.
 */
MUST_CHECK int vm_get_page(struct vmspace *space, vaddr_t addr, uint32_t access, struct page **out);

/*
 * Copies between kernel memory and user memory of any space: 0 or as vm_fault();
 * then a part may have been copied. FAULT_ACCESS rules are the mapping's own.
 */
MUST_CHECK int vm_read(struct vmspace *space, vaddr_t addr, void *buf, size_t len);
MUST_CHECK int vm_write(struct vmspace *space, vaddr_t addr, const void *buf, size_t len);

#endif
