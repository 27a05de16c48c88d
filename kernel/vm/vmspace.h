/*
 * Address space: what a process sees at which address.
 *
 * An ordered tree of mappings, each of a range of a memory object or of private
 * memory, and the page tables, which are only a cache of what the mappings say:
 * pages come on first use (kernel/vm/fault.h). kernel/vm/README.md has the
 * theory.
 *
 * Addresses and lengths are in bytes; both must be multiples of PAGE_SIZE
 * (-EINVAL) unless the text says that they are rounded. Everything but get and
 * put may sleep.
 */
#ifndef KERNEL_VM_VMSPACE_H
#define KERNEL_VM_VMSPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct grant;
struct mem_account;
struct thread;
struct vmobj;
struct vmspace;

/* Where mappings may lie. The lowest pages catch null pointers. */
#define VM_USER_START 0x10000ul
#define VM_USER_END ARCH_USER_END
#define VM_LOW_END 0x80000000ul /* VM_PLACE_LOW stays below */

/* Mappings an address space may have. */
#define VM_MAPPINGS_MAX 65530u

enum vm_prot {
	VM_READ = 1u << 0, /* as the processor has it, each of the others implies it */
	VM_WRITE = 1u << 1,
	VM_EXEC = 1u << 2,
	VM_PROT_ALL = VM_READ | VM_WRITE | VM_EXEC,
};

enum vm_map_flag {
	VM_MAP_SHARED = 1u << 0,       /* writes go to the object; else to private copies */
	VM_MAP_GROWS_DOWN = 1u << 1,   /* private memory that grows when touched below */
	VM_MAP_LOCKED = 1u << 2,       /* counted as locked */
	VM_MAP_DONT_FORK = 1u << 3,    /* a fork leaves it out */
	VM_MAP_WIPE_ON_FORK = 1u << 4, /* a fork sees it empty; private memory only */
	VM_MAP_STACK = 1u << 5,	       /* for reports only, as are the next two */
	VM_MAP_HEAP = 1u << 6,
	VM_MAP_SPECIAL = 1u << 7, /* owned by the kernel: the owner of the tag knows */
	VM_MAP_REVOKED = 1u << 8, /* never given: what vmspace_query() shows of a hole */
};

enum vm_place {
	VM_PLACE_ANYWHERE,  /* as high as possible below the top set for the space */
	VM_PLACE_HINT,	    /* at addr if all of it is free there, else anywhere */
	VM_PLACE_FIXED,	    /* at addr, in place of whatever is there */
	VM_PLACE_FIXED_NEW, /* at addr, or -EEXIST */
	VM_PLACE_LOW,	    /* anywhere below VM_LOW_END */
};

struct vm_map_request {
	vaddr_t addr; /* as place says; rounded down for a hint */
	uint64_t len; /* not 0 */
	enum vm_place place;
	uint32_t prot;	      /* enum vm_prot */
	uint32_t max_prot;    /* what vmspace_protect() may allow later; includes prot */
	uint32_t flags;	      /* enum vm_map_flag */
	struct vmobj *object; /* NULL: zero-filled, private or (a new object is made) shared */
	uint64_t offset;      /* of addr in the object */
	struct grant *grant;  /* with an object: its revocation ends the mapping; or NULL */
	uint64_t stack_max;   /* bytes a VM_MAP_GROWS_DOWN mapping may grow to; 0: 8 MiB */
};

struct vm_mapping_info {
	vaddr_t start;
	vaddr_t end;
	uint32_t prot;
	uint32_t max_prot;
	uint32_t flags;
	uint64_t offset;      /* of start in the object */
	struct vmobj *object; /* with a reference for the caller, or NULL */
};

struct vmspace_stats {
	uint64_t mapping_count;
	uint64_t mapped_pages; /* address space in mappings */
	uint64_t locked_pages; /* of these, in locked mappings */
	uint64_t stack_pages;  /* of these, in mappings that grow down */
	uint64_t anon_pages;   /* private pages present, shared with a fork or not */
	uint64_t object_pages; /* pages of objects present */
	uint64_t peak_pages;   /* the most that both together ever were */
	uint64_t table_pages;  /* page tables */
	uint64_t faults;
};

/*
 * An empty address space; its structures, tables and private pages are charged
 * to account, of which it holds a reference. On success the caller owns one
 * reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int vmspace_create(struct mem_account *account, struct vmspace **out);

void vmspace_get(struct vmspace *space);
/*
 * The last put ends all mappings and frees everything, in steps that can be
 * preempted: thread context, no lock held, interrupts on.
 */
void vmspace_put(struct vmspace *space);

struct mem_account *vmspace_account(const struct vmspace *space);

/* VM_PLACE_ANYWHERE stays below top from now on (VM_USER_END at first); page aligned. */
void vmspace_set_top(struct vmspace *space, vaddr_t top);

/*
 * A copy for a new process, charged to account: private memory is copied on
 * write, shared memory stays shared, VM_MAP_LOCKED is not passed on. The caller
 * owns one reference to *out. 0, or -ENOMEM (then nothing changed).
 */
MUST_CHECK int vmspace_fork(struct vmspace *space, struct mem_account *account,
			    struct vmspace **out);

/*
 * Makes a mapping; *addr_out is where. The mapping takes its own references to
 * object and grant. 0, or
 *
 *	-EINVAL	addr, len, offset not aligned, len 0, or impossible flags
 *	-ENOMEM	no memory, no budget, no room, or VM_MAPPINGS_MAX reached
 *	-EEXIST	VM_PLACE_FIXED_NEW, and part of the range is mapped
 *	-EACCES	prot is not in max_prot
 *	-EIO	the grant was revoked
 *	-EOVERFLOW	offset + len wraps
 */
MUST_CHECK int vmspace_map(struct vmspace *space, const struct vm_map_request *req,
			   vaddr_t *addr_out);

/*
 * Ends whatever is mapped in the range; parts of mappings stay. When it returns
 * no CPU can reach the pages. 0, -EINVAL, or -ENOMEM when a mapping in the middle
 * of which the range lies cannot be split.
 */
MUST_CHECK int vmspace_unmap(struct vmspace *space, vaddr_t addr, uint64_t len);

/*
 * Changes protection. -ENOMEM when part of the range is not mapped (what comes
 * before it is changed, as with mprotect(2)), -EACCES when a mapping's max_prot
 * forbids it, -EINVAL.
 */
MUST_CHECK int vmspace_protect(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t prot);

enum vm_remap_flag {
	VM_REMAP_MAY_MOVE = 1u << 0,
	VM_REMAP_FIXED = 1u << 1, /* to new_addr, in place of what is there; with MAY_MOVE */
};

struct vm_remap_request {
	vaddr_t addr;
	uint64_t old_len; /* [addr, addr + old_len) must be part of one mapping */
	uint64_t new_len;
	uint32_t flags; /* enum vm_remap_flag */
	vaddr_t new_addr;
};

/*
 * Gives a part of a mapping a new length, in place or elsewhere with its pages. 0
 * with *addr_out, -EFAULT when the range is not in one mapping, -ENOMEM without
 * room, -EINVAL.
 */
MUST_CHECK int vmspace_remap(struct vmspace *space, const struct vm_remap_request *req,
			     vaddr_t *addr_out);

/*
 * Drops the pages of a range: private memory reads as zero (or as the object)
 * again, the object's pages stay with the object. -ENOMEM when part of the range
 * is not mapped, -EINVAL when part of it is locked.
 */
MUST_CHECK int vmspace_discard(struct vmspace *space, vaddr_t addr, uint64_t len);

/*
 * Sets and clears flags (LOCKED, DONT_FORK, WIPE_ON_FORK) on a range. -ENOMEM as
 * vmspace_protect(), -EINVAL for WIPE_ON_FORK on an object's mapping.
 */
MUST_CHECK int vmspace_change_flags(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t set,
				    uint32_t clear);

/*
 * The mapping that contains addr or else the next one above: 0 or -ENOENT. To
 * walk all of them, go on at out->end. out->object must be put.
 */
MUST_CHECK int vmspace_query(struct vmspace *space, vaddr_t addr, struct vm_mapping_info *out);

/* Whether each page of a range is in memory now, one byte a page: 0 or -ENOMEM. */
MUST_CHECK int vmspace_resident(struct vmspace *space, vaddr_t addr, uint64_t len,
				uint8_t *present_out);

void vmspace_get_stats(struct vmspace *space, struct vmspace_stats *out);

/*
 * Which space a thread runs in. A thread that is not running (NEW) or the caller
 * itself; it takes a reference. Replaces the one it had, whose reference is put;
 * NULL takes it out of any space, and has to before the thread ends.
 */
void vmspace_set_thread(struct thread *thread, struct vmspace *space);

/* Address spaces that exist, for leak tests. */
uint32_t vmspace_count(void);

/* Boot, once, when threads run: 0 or -ENOMEM. */
MUST_CHECK int vm_init(void);

#endif
