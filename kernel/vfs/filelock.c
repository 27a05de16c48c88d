/*
 * File locks.
 *
 * Each file has a list of the locks that are held, and a list of those who wait. One
 * spinlock guards all of them: a search for a deadlock goes from file to file.
 *
 * Setting a lock replaces what the same owner holds of the same kind in the range:
 *
 *	held	  [ read     ]      [ read ]
 *	set	        [ write     ]
 *	held	  [ r  ][ write     ][ read]
 *
 * Memory for the pieces that may become necessary (the new lock, and the tail of one
 * that is cut in the middle) is there before the spinlock is taken, so that a change
 * never fails halfway.
 *
 * Deadlock: a waiter waits for owners. From the owner in the way one goes on to what
 * that owner waits for, and so on; back at the one who wants to wait, nobody would ever
 * be woken. The search follows one conflicting lock per waiter, the one it was found to
 * wait for, and stops after a bound: as on Linux, a ring that is longer or appears
 * later is not seen.
 */
#include "kernel/vfs/filelock.h"

#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/waitq.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"

#define DEADLOCK_STEPS 64u

static struct spinlock lock = SPINLOCK_INIT(LOCK_FILELOCK);

struct filelock {
	struct list_node node; /* in the file's list */
	struct filelock_request what;
};

/* On the stack of the thread that waits. */
struct waiting {
	struct list_node node;	   /* in the file's list */
	struct list_node all_node; /* in all_waiting */
	const struct filelock_request *what;
	const struct inode *inode;
	const void *blocker; /* the owner in the way */
};

/* A file that ever had a lock. */
struct filelock_list {
	struct list_node held;
	struct list_node waiters;
	struct waitq waitq;
	struct list_node all_node; /* in all_lists */
	struct inode *inode;
	uint32_t count;
};

static struct list_node all_lists GUARDED_BY(&lock) = LIST_INIT(all_lists);
static struct list_node all_waiting GUARDED_BY(&lock) = LIST_INIT(all_waiting);
static struct atomic64 locks;

static bool overlap(const struct filelock_request *a, const struct filelock_request *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static bool is_flock(const struct filelock_request *what)
{
	return what->kind == FILELOCK_FLOCK;
}

static bool is_same_owner(const struct filelock_request *a, const struct filelock_request *b)
{
	return a->kind == b->kind && a->owner == b->owner;
}

static bool conflict(const struct filelock_request *held, const struct filelock_request *wanted)
{
	if (is_flock(held) != is_flock(wanted) || is_same_owner(held, wanted))
		return false;
	if (held->type == FILELOCK_READ && wanted->type == FILELOCK_READ)
		return false;
	return overlap(held, wanted);
}

static struct filelock *find_conflict(const struct filelock_list *list,
				      const struct filelock_request *wanted)
{
	if (wanted->type == FILELOCK_UNLOCK)
		return NULL;
	list_for_each (node, &list->held) {
		struct filelock *held = list_entry(node, struct filelock, node);

		if (conflict(&held->what, wanted))
			return held;
	}
	return NULL;
}

/* --- Changing what is held --- */

/* Pieces of memory that a change may use up. */
struct spare {
	struct filelock *piece[2];
};

static void spare_free(struct spare *spare)
{
	for (size_t i = 0; i < ARRAY_SIZE(spare->piece); i++)
		kmem_free(spare->piece[i], sizeof(struct filelock));
}

static int spare_alloc(struct spare *spare)
{
	for (size_t i = 0; i < ARRAY_SIZE(spare->piece); i++)
		spare->piece[i] = kmem_zalloc(sizeof(struct filelock));
	if (spare->piece[0] && spare->piece[1])
		return 0;
	spare_free(spare);
	return -ENOLCK;
}

static struct filelock *spare_take(struct spare *spare)
{
	size_t i = spare->piece[0] ? 0 : 1;
	struct filelock *piece = spare->piece[i];

	spare->piece[i] = NULL;
	return piece;
}

static void add(struct filelock_list *list, struct filelock *piece,
		const struct filelock_request *what, struct list_node *after)
{
	piece->what = *what;
	list_push_front(after, &piece->node);
	list->count++;
	atomic64_inc(&locks);
}

static void remove(struct filelock_list *list, struct filelock *held)
{
	list_remove(&held->node);
	list->count--;
	atomic64_dec(&locks);
	kmem_free(held, sizeof(*held));
}

/* Takes the range out of a lock: what lies before and behind stays. */
static void cut(struct filelock_list *list, struct filelock *held,
		const struct filelock_request *range, struct spare *spare)
{
	bool has_head = held->what.first < range->first;
	bool has_tail = held->what.last > range->last;

	if (has_head && has_tail) {
		struct filelock_request tail = held->what;

		tail.first = range->last + 1;
		add(list, spare_take(spare), &tail, &held->node);
	}
	if (has_head)
		held->what.last = range->first - 1;
	else if (has_tail)
		held->what.first = range->last + 1;
	else
		remove(list, held);
}

/* Makes one of a lock and the owner's neighbours of the same type. */
static void grow_over(struct filelock_list *list, struct filelock_request *what)
{
	list_for_each_safe (node, &list->held) {
		struct filelock *held = list_entry(node, struct filelock, node);
		bool touches;

		if (!is_same_owner(&held->what, what) || held->what.type != what->type)
			continue;
		touches = (held->what.last == UINT64_MAX || held->what.last + 1 >= what->first) &&
			  (what->last == UINT64_MAX || what->last + 1 >= held->what.first);
		if (!touches)
			continue;
		what->first = MIN(what->first, held->what.first);
		what->last = MAX(what->last, held->what.last);
		remove(list, held);
	}
}

static void apply(struct filelock_list *list, const struct filelock_request *wanted,
		  struct spare *spare)
{
	struct filelock_request what = *wanted;

	list_for_each_safe (node, &list->held) {
		struct filelock *held = list_entry(node, struct filelock, node);

		if (is_same_owner(&held->what, wanted) && overlap(&held->what, wanted))
			cut(list, held, wanted, spare);
	}
	if (wanted->type != FILELOCK_UNLOCK) {
		grow_over(list, &what);
		add(list, spare_take(spare), &what, &list->held);
	}
	if (!list_is_empty(&list->waiters))
		waitq_wake_all(&list->waitq);
}

/* --- Waiting --- */

/* What the owner of a POSIX lock waits for, or NULL. */
static const struct waiting *find_waiting(const void *owner) REQUIRES(&lock)
{
	list_for_each (node, &all_waiting) {
		const struct waiting *waiting = list_entry(node, struct waiting, all_node);

		if (waiting->what->kind == FILELOCK_POSIX && waiting->what->owner == owner)
			return waiting;
	}
	return NULL;
}

static bool is_deadlock(const struct filelock_request *wanted, const struct filelock *blocker)
	REQUIRES(&lock)
{
	const void *owner = blocker->what.owner;

	if (wanted->kind != FILELOCK_POSIX || blocker->what.kind != FILELOCK_POSIX)
		return false;
	for (uint32_t i = 0; i < DEADLOCK_STEPS; i++) {
		const struct waiting *waiting = find_waiting(owner);

		if (!waiting)
			return false;
		owner = waiting->blocker;
		if (owner == wanted->owner)
			return true;
	}
	return false;
}

static int wait_locked(struct filelock_list *list, struct waiting *self, struct filelock *blocker,
		       ktime_t deadline) REQUIRES(&lock)
{
	int err;

	if (deadline == KTIME_POLL)
		return -EAGAIN;
	if (is_deadlock(self->what, blocker))
		return -EDEADLK;
	self->blocker = blocker->what.kind == FILELOCK_POSIX ? blocker->what.owner : NULL;
	list_push_back(&list->waiters, &self->node);
	list_push_back(&all_waiting, &self->all_node);
	err = waitq_sleep(&list->waitq, &lock, deadline);
	list_remove(&self->node);
	list_remove(&self->all_node);
	return err;
}

static int set_locked(struct filelock_list *list, const struct filelock_request *wanted,
		      ktime_t deadline, struct spare *spare) REQUIRES(&lock)
{
	struct waiting self = {.what = wanted, .inode = list->inode};
	struct filelock *blocker;

	/* An flock of the other type is given up before waiting. */
	if (is_flock(wanted) && wanted->type != FILELOCK_UNLOCK) {
		struct filelock_request none = *wanted;

		none.type = FILELOCK_UNLOCK;
		apply(list, &none, spare);
	}
	while ((blocker = find_conflict(list, wanted))) {
		int err = wait_locked(list, &self, blocker, deadline);

		if (err)
			return err;
	}
	if (wanted->type != FILELOCK_UNLOCK && list->count + 2 > FILELOCKS_MAX)
		return -ENOLCK;
	apply(list, wanted, spare);
	return 0;
}

/* The file's list, made when it has none: NULL without memory. */
static struct filelock_list *list_for(struct inode *inode)
{
	struct filelock_list *list;
	struct filelock_list *new = NULL;

	if (!load_acquire(&inode->locks)) {
		new = kmem_zalloc(sizeof(*new));
		if (!new)
			return NULL;
		list_init(&new->held);
		list_init(&new->waiters);
		waitq_init(&new->waitq);
		new->inode = inode;
	}
	spin_lock(&lock);
	list = inode->locks;
	if (!list) {
		/* Once there is a list it stays, so there was none before either. */
		ASSERT(new);
		list = new;
		new = NULL;
		list_push_back(&all_lists, &list->all_node);
		/* Pairs with the acquire above, which sees the list filled. */
		store_release(&inode->locks, list);
	}
	spin_unlock(&lock);
	kmem_free(new, sizeof(*new));
	return list;
}

int filelock_set(struct inode *inode, const struct filelock_request *request, ktime_t deadline)
{
	struct filelock_list *list;
	struct spare spare;
	int err;

	if (request->first > request->last)
		return -EINVAL;
	if (request->type == FILELOCK_UNLOCK && !load_acquire(&inode->locks))
		return 0;
	list = list_for(inode);
	if (!list || spare_alloc(&spare))
		return -ENOLCK;
	spin_lock(&lock);
	err = set_locked(list, request, deadline, &spare);
	spin_unlock(&lock);
	spare_free(&spare);
	return err;
}

bool filelock_test(struct inode *inode, const struct filelock_request *request,
		   struct filelock_request *out)
{
	struct filelock *held = NULL;

	if (!load_acquire(&inode->locks))
		return false;
	spin_lock(&lock);
	held = find_conflict(inode->locks, request);
	if (held)
		*out = held->what;
	spin_unlock(&lock);
	return held != NULL;
}

/* --- Ends --- */

static void drop_all(struct inode *inode, enum filelock_kind kind, const void *owner)
{
	struct filelock_list *list = load_acquire(&inode->locks);

	if (!list)
		return;
	spin_lock(&lock);
	list_for_each_safe (node, &list->held) {
		struct filelock *held = list_entry(node, struct filelock, node);

		if (held->what.kind == kind && held->what.owner == owner)
			remove(list, held);
	}
	waitq_wake_all(&list->waitq);
	spin_unlock(&lock);
}

void filelock_owner_gone(struct inode *inode, const void *owner)
{
	drop_all(inode, FILELOCK_POSIX, owner);
}

void filelock_file_gone(struct file *file)
{
	if (LIKELY(!load_acquire(&file->inode->locks)))
		return;
	drop_all(file->inode, FILELOCK_OFD, file);
	drop_all(file->inode, FILELOCK_FLOCK, file);
}

void filelock_inode_gone(struct inode *inode)
{
	struct filelock_list *list = inode->locks;

	if (!list)
		return;
	spin_lock(&lock);
	list_for_each_safe (node, &list->held)
		remove(list, list_entry(node, struct filelock, node));
	ASSERT(list_is_empty(&list->waiters));
	list_remove(&list->all_node);
	spin_unlock(&lock);
	inode->locks = NULL;
	kmem_free(list, sizeof(*list));
}

static bool show_list(const struct filelock_list *list,
		      bool (*fn)(const struct filelock_request *lock, const struct inode *inode,
				 bool is_waiting, void *ctx),
		      void *ctx)
{
	list_for_each (node, &list->held) {
		if (!fn(&list_entry(node, struct filelock, node)->what, list->inode, false, ctx))
			return false;
	}
	list_for_each (node, &list->waiters) {
		if (!fn(list_entry(node, struct waiting, node)->what, list->inode, true, ctx))
			return false;
	}
	return true;
}

void filelock_for_each(bool (*fn)(const struct filelock_request *what, const struct inode *inode,
				  bool is_waiting, void *ctx),
		       void *ctx)
{
	spin_lock(&lock);
	list_for_each (node, &all_lists) {
		if (!show_list(list_entry(node, struct filelock_list, all_node), fn, ctx))
			break;
	}
	spin_unlock(&lock);
}

uint64_t filelock_count(void)
{
	return atomic64_load(&locks);
}
