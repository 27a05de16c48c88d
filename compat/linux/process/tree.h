/*
 * Process tree: numbers, and who is whose parent, group member and session member.
 *
 * One lock guards all of it, for what is asked (who is to get a signal, which child
 * has ended) nearly always concerns several processes at once. It is a spinlock held
 * for short walks only; the locks of signals rank inside it, memory of programs is
 * not touched under it, and no last reference is put.
 *
 * A number (struct lpid) is taken as long as it is used for anything: a thread, a
 * process, a process group, a session.
 */
#ifndef COMPAT_LINUX_PROCESS_TREE_H
#define COMPAT_LINUX_PROCESS_TREE_H

#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"

struct ltty;

/* Numbers are below this; a kernel of 64 bits has 4 Mi, see kernel/pid_max. */
#define LPID_MAX 32768

extern struct spinlock ltree_lock; /* rank LINUX_TREE */

struct lpid {
	int32_t nr;			  /* const */
	uint32_t use_count;		  /* all members: under ltree_lock */
	struct lthread *thread;		  /* with this tid, until it exits */
	struct lprocess *process;	  /* with this tgid, until it is reaped */
	struct list_node group_members;	  /* of struct lprocess by group_node */
	struct list_node session_members; /* the same by session_node */
	struct ltty *tty;		  /* of the session: the tty part's */
};

/* NULL when it is not in use. Valid while the lock is held. */
struct lpid *lpid_find_locked(int32_t nr) REQUIRES(&ltree_lock);

/*
 * A process by its tgid, a thread by its tid: with a reference on lp->process or
 * lt->ut for the caller to put (lprocess_put, lthread_put), or NULL. Zombies are
 * processes, exited threads are no threads.
 */
MUST_CHECK struct lprocess *lprocess_lookup(int32_t tgid);
MUST_CHECK struct lthread *lthread_lookup(int32_t tid);

static inline void lprocess_get(struct lprocess *lp)
{
	process_get(lp->process);
}

/* No lock held. */
static inline void lprocess_put(struct lprocess *lp)
{
	process_put(lp->process);
}

static inline void lthread_put(struct lthread *lt)
{
	uthread_put(lt->ut);
}

/*
 * All processes, zombies included, by ascending number: the first above *nr, whose
 * number it sets; NULL at the end. Valid while the lock is held.
 */
struct lprocess *lprocess_next_locked(int32_t *nr) REQUIRES(&ltree_lock);

/* The process that numbers have in /proc and getpid(2); 0 for NULL. Any context. */
static inline int32_t lpid_nr(const struct lpid *pid)
{
	return pid ? pid->nr : 0;
}

/* Whether no member of the group has a parent in the session outside the group. */
bool lpgrp_is_orphaned_locked(struct lpid *group) REQUIRES(&ltree_lock);

/* --- For this directory --- */

/*
 * A number for a new thread or process, used once. *out is the caller's until it is
 * put. 0, -EAGAIN when all are taken, -ENOMEM; -EEXIST, -EINVAL for a wanted number.
 */
MUST_CHECK int lpid_alloc(int32_t wanted, struct lpid **out);
void lpid_use_locked(struct lpid *pid) REQUIRES(&ltree_lock);
/* One use less; the last frees it. */
void lpid_drop_locked(struct lpid *pid) REQUIRES(&ltree_lock);

/* Changes the group, or session and group, of a process that is in one. */
void lprocess_set_group_locked(struct lprocess *lp, struct lpid *group) REQUIRES(&ltree_lock);
void lprocess_set_session_locked(struct lprocess *lp, struct lpid *pid) REQUIRES(&ltree_lock);

/*
 * Others find it from now on: a child of parent, in the group and session of maker;
 * both are NULL for the first process, which is in none.
 */
void lprocess_publish_locked(struct lprocess *lp, struct lprocess *parent,
			     const struct lprocess *maker) REQUIRES(&ltree_lock);
void lthread_publish_locked(struct lthread *lt) REQUIRES(&ltree_lock);

/* It is found no more; the caller then puts the parent's reference, if it has a parent. */
void lprocess_reap_locked(struct lprocess *lp) REQUIRES(&ltree_lock);

/* Numbers in use, for tests. */
uint32_t lpid_count(void);

#endif
