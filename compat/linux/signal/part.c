/*
 * The life of what processes and threads have of signals: made by a clone, changed
 * by an exec, and gone with the last reference.
 */
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/signal_impl.h"
#include "compat/linux/time/ltimer.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

static struct lsighand *hand_create(void)
{
	struct lsighand *hand = kmem_zalloc(sizeof(*hand));

	if (!hand)
		return NULL;
	refcount_init(&hand->refs);
	spin_lock_init(&hand->lock, LOCK_LINUX_SIGHAND);
	return hand;
}

static void hand_put(struct lsighand *hand)
{
	if (refcount_put(&hand->refs))
		kmem_free(hand, sizeof(*hand));
}

/* Handlers are addresses in a program that is there no more: what is ignored stays so. */
static void hand_reset(struct lsighand *hand)
{
	spin_lock(&hand->lock);
	for (uint32_t i = 0; i < LINUX_SIGRTMAX; i++) {
		struct linux_sigaction *action = &hand->actions[i];
		bool is_ignored = action->handler == LINUX_HANDLER_IGNORE;

		*action = (struct linux_sigaction){0};
		if (is_ignored)
			action->handler = LINUX_HANDLER_IGNORE;
	}
	spin_unlock(&hand->lock);
}

static struct lsighand *hand_copy(struct lsighand *from)
{
	struct lsighand *hand = hand_create();

	if (!hand)
		return NULL;
	spin_lock(&from->lock);
	for (uint32_t i = 0; i < LINUX_SIGRTMAX; i++)
		hand->actions[i] = from->actions[i];
	spin_unlock(&from->lock);
	return hand;
}

static struct lsighand *hand_clone(struct lprocess *parent, const struct clone_request *request)
{
	struct lsighand *hand;

	if (!parent || !request)
		return hand_create();
	if (request->flags & LINUX_CLONE_SIGHAND) {
		bool is_alive = refcount_get(&parent->signal->hand->refs);

		ASSERT(is_alive);
		return parent->signal->hand;
	}
	hand = hand_copy(parent->signal->hand);
	if (hand && (request->flags & LINUX_CLONE_CLEAR_SIGHAND))
		hand_reset(hand);
	return hand;
}

static int process_clone(struct lprocess *lp, struct lprocess *parent,
			 const struct clone_request *request)
{
	struct lsignal_process *sp = kmem_zalloc(sizeof(*sp));

	if (!sp)
		return -ENOMEM;
	sp->hand = hand_clone(parent, request);
	if (!sp->hand) {
		kmem_free(sp, sizeof(*sp));
		return -ENOMEM;
	}
	sp->lp = lp;
	spin_lock_init(&sp->lock, LOCK_LINUX_SIGNAL);
	signal_pending_init(&sp->pending);
	list_init(&sp->threads);
	waitq_init(&sp->stop_wait);
	lp->signal = sp;
	return 0;
}

static int thread_clone(struct lthread *lt, struct lthread *parent,
			const struct clone_request *request)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = kmem_zalloc(sizeof(*st));

	if (!st)
		return -ENOMEM;
	st->lt = lt;
	signal_pending_init(&st->pending);
	waitq_init(&st->wait);
	lt->signal = st;
	if (parent) {
		st->blocked = parent->signal->blocked;
		/* Two that run in one memory need two stacks; a vfork's parent waits. */
		if (!(request->flags & LINUX_CLONE_VM) || (request->flags & LINUX_CLONE_VFORK))
			st->stack = parent->signal->stack;
	}
	spin_lock(&sp->lock);
	list_push_back(&sp->threads, &st->node);
	sp->thread_count++;
	if (sp->is_stopping)
		thread_interrupt(lt->ut->thread, THREAD_INTERRUPT_SIGNAL);
	spin_unlock(&sp->lock);
	return 0;
}

/* It takes no signals any more; those it was told of are for others. */
static void leave(struct lthread *lt)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = lt->signal;
	int32_t stopped = 0;

	spin_lock(&sp->lock);
	if (list_is_linked(&st->node)) {
		stopped = lsignal_thread_leaves_locked(sp, st);
		lsignal_retarget_locked(sp, sp->pending.set & ~st->blocked);
	}
	signal_pending_clear(&st->pending);
	spin_unlock(&sp->lock);
	if (stopped)
		lprocess_note_stopped(sp->lp, stopped);
}

static void thread_exit_part(struct lthread *lt)
{
	leave(lt);
}

static void process_exit(struct lprocess *lp)
{
	struct lsignal_process *sp = lp->signal;

	ltimers_delete_all(lp);
	spin_lock(&sp->lock);
	signal_pending_clear(&sp->pending);
	spin_unlock(&sp->lock);
}

/* Also one that never ran: nobody is told, for its process has had no other thread. */
static void thread_free(struct lthread *lt)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = lt->signal;

	spin_lock(&sp->lock);
	if (list_is_linked(&st->node))
		(void)lsignal_thread_leaves_locked(sp, st);
	signal_pending_clear(&st->pending);
	spin_unlock(&sp->lock);
	lt->signal = NULL;
	kmem_free(st, sizeof(*st));
}

static void process_free(struct lprocess *lp)
{
	struct lsignal_process *sp = lp->signal;

	ltimers_free(lp);
	signal_pending_clear(&sp->pending);
	ASSERT(atomic32_load(&sp->quota.count) == 0);
	hand_put(sp->hand);
	lp->signal = NULL;
	kmem_free(sp, sizeof(*sp));
}

struct ltimers *lsignal_timers(struct lprocess *lp)
{
	return READ_ONCE(lp->signal->timers);
}

bool lsignal_set_timers(struct lprocess *lp, struct ltimers *timers)
{
	struct lsignal_process *sp = lp->signal;
	bool is_set;

	spin_lock(&sp->lock);
	is_set = !sp->timers || !timers;
	if (is_set)
		sp->timers = timers;
	spin_unlock(&sp->lock);
	return is_set;
}

static void exec(struct lthread *lt)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsighand *old = NULL;
	struct lsighand *own = NULL;

	if (refcount_read(&sp->hand->refs) > 1) {
		own = hand_copy(sp->hand);
		/* The program is changed already and cannot have the handlers of another. */
		if (!own) {
			lsignal_send_kernel(lt->process, LINUX_SIGKILL);
			return;
		}
	}
	if (own) {
		spin_lock(&sp->lock);
		old = sp->hand;
		sp->hand = own;
		spin_unlock(&sp->lock);
		hand_put(old);
	}
	hand_reset(sp->hand);
	lt->signal->stack = (struct linux_stack){0};
	ltimers_delete_posix(lt->process);
}

const struct lpart_ops lsignal_part = {
	.process_clone = process_clone,
	.thread_clone = thread_clone,
	.thread_exit = thread_exit_part,
	.process_exit = process_exit,
	.thread_free = thread_free,
	.process_free = process_free,
	.exec = exec,
};
