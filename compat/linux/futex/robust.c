/*
 * Robust futexes (set_robust_list(2)): a thread that ends while it holds locks of its
 * program leaves a mark in them, and wakes one that waits.
 *
 * The list is the program's own memory and may be anything: what cannot be read ends the
 * walk, and so does its length.
 */
#include "compat/linux/futex/futex_impl.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/lib/errno.h"

#define PI_BIT 1u

int64_t linux_set_robust_list(struct lthread *lt, struct user_ptr head, size_t len)
{
	if (len != sizeof(struct linux_robust_list_head))
		return -EINVAL;
	lt->robust_list = head;
	return 0;
}

/* Whose addresses one may see: one's own user's. */
static int find_head(struct lthread *lt, int32_t pid, linux_addr_t *head)
{
	struct lpid *found;
	int err = -ESRCH;

	spin_lock(&ltree_lock);
	found = pid > 0 ? lpid_find_locked(pid) : NULL;
	if (found && found->thread) {
		*head = found->thread->robust_list.addr;
		err = lt->cred->uid[LCRED_EFFECTIVE] == found->thread->cred->uid[LCRED_REAL] ||
				      lcred_has_cap(lt->cred, LINUX_CAP_SYS_PTRACE)
			      ? 0
			      : -EPERM;
	}
	spin_unlock(&ltree_lock);
	return err;
}

int64_t linux_get_robust_list(struct lthread *lt, int32_t pid, struct user_ptr head,
			      struct user_ptr len)
{
	uint64_t size = sizeof(struct linux_robust_list_head);
	linux_addr_t addr = lt->robust_list.addr;
	int err = pid ? find_head(lt, pid, &addr) : 0;

	if (err)
		return err;
	if (copy_to_user(len, &size, sizeof(size)) || copy_to_user(head, &addr, sizeof(addr)))
		return -EFAULT;
	return 0;
}

/*
 * The lock's word, if the thread owns it: the owner is gone. is_pending: it may be that
 * it had just let go, and not yet woken the next one. 0 or -EFAULT.
 */
static int mark_word(struct lthread *lt, struct user_ptr word, bool is_pending)
{
	uint32_t value, old;

	if (load_user_u32(word, &value))
		return -EFAULT;
	if (is_pending && value == 0) {
		lfutex_wake_one(word);
		return 0;
	}
	while ((value & LINUX_FUTEX_TID_MASK) == (uint32_t)lt->tid) {
		uint32_t marked = (value & LINUX_FUTEX_WAITERS) | LINUX_FUTEX_OWNER_DIED;

		if (cmpxchg_user_u32(word, value, marked, &old))
			return -EFAULT;
		if (old == value) {
			if (value & LINUX_FUTEX_WAITERS)
				lfutex_wake_one(word);
			return 0;
		}
		value = old;
	}
	return 0;
}

/* Locks with priority inheritance are none of ours: nobody can have made one. */
static int mark_entry(struct lthread *lt, linux_addr_t entry, int64_t offset, bool is_pending)
{
	if (entry & PI_BIT)
		return 0;
	return mark_word(lt, user_ptr(entry + (uint64_t)offset), is_pending);
}

static void walk_list(struct lthread *lt)
{
	linux_addr_t start = lt->robust_list.addr;
	struct linux_robust_list_head head;
	linux_addr_t entry, next;
	uint32_t left = LINUX_ROBUST_LIST_LIMIT;

	if (start == 0 || copy_from_user(&head, user_ptr(start), sizeof(head)))
		return;
	entry = head.list.next;
	while ((entry & ~(linux_addr_t)PI_BIT) != start && left-- > 0) {
		/* Read before the word is let go: the memory may be another's then. */
		if (copy_from_user(&next, user_ptr(entry & ~(linux_addr_t)PI_BIT), sizeof(next)))
			break;
		if (entry != head.list_op_pending &&
		    mark_entry(lt, entry, head.futex_offset, false))
			break;
		entry = next;
	}
	if (head.list_op_pending && mark_entry(lt, head.list_op_pending, head.futex_offset, true))
		return;
}

static void let_go(struct lthread *lt)
{
	walk_list(lt);
	lt->robust_list = user_ptr(0);
}

/* At an exec the list is of a program that is there no more. */
static void forget(struct lthread *lt)
{
	lt->robust_list = user_ptr(0);
}

const struct lpart_ops lfutex_part = {
	.thread_exit = let_go,
	.exec = forget,
};
