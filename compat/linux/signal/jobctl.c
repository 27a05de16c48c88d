/*
 * Stop and continue: job control (signal(7), setpgid(2)).
 *
 * The thread that takes a stop signal begins a stop: all threads of the process are
 * told, and each stands still at its way to user mode. The parent hears of it when
 * the last one does. SIGCONT and SIGKILL end the stop at the moment that they are
 * sent, even if nobody takes them; the first thread that goes on tells the parent.
 *
 * A stop signal that was taken before a SIGCONT was sent, and acts after, would stop
 * what was just continued: continue_count tells.
 */
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/signal_impl.h"

static bool is_orphan(struct lprocess *lp)
{
	bool is_orphaned;

	spin_lock(&ltree_lock);
	is_orphaned = !lp->group || lpgrp_is_orphaned_locked(lp->group);
	spin_unlock(&ltree_lock);
	return is_orphaned;
}

void lsignal_stop_begin(struct lthread *lt, uint32_t sig)
{
	struct lsignal_process *sp = lsignal_of(lt);

	/* Nobody could continue it: signals of a terminal do not stop orphans. */
	if (sig != LINUX_SIGSTOP && is_orphan(lt->process))
		return;
	spin_lock(&sp->lock);
	if (!sp->is_stopping && sp->continue_count == lt->signal->continue_seen) {
		sp->is_stopping = true;
		sp->stop_signal = (int32_t)sig;
		sp->has_continued = false;
		list_for_each (node, &sp->threads) {
			struct lsignal_thread *st = list_entry(node, struct lsignal_thread, node);

			if (st->lt != lt)
				lsignal_tell(st);
		}
	}
	spin_unlock(&sp->lock);
}

void lsignal_go_on_locked(struct lsignal_process *sp)
{
	if (!sp->is_stopping)
		return;
	sp->is_stopping = false;
	sp->is_stopped = false;
	sp->stopped_count = 0;
	list_for_each (node, &sp->threads)
		list_entry(node, struct lsignal_thread, node)->is_standing = false;
	(void)waitq_wake_all(&sp->stop_wait);
}

/* The stop's signal, when the stop has just become complete; else 0. */
static int32_t complete_locked(struct lsignal_process *sp) REQUIRES(&sp->lock)
{
	if (!sp->is_stopping || sp->is_stopped || sp->thread_count == 0 ||
	    sp->stopped_count < sp->thread_count)
		return 0;
	sp->is_stopped = true;
	return sp->stop_signal;
}

int32_t lsignal_thread_leaves_locked(struct lsignal_process *sp, struct lsignal_thread *st)
{
	list_remove(&st->node);
	sp->thread_count--;
	if (st->is_standing) {
		st->is_standing = false;
		sp->stopped_count--;
	}
	return complete_locked(sp);
}

/* Counts the thread among those that stand; tells the parent when it was the last. */
static void stand_up_locked(struct lsignal_process *sp, struct lsignal_thread *st)
	REQUIRES(&sp->lock)
{
	int32_t sig;

	if (st->is_standing)
		return;
	st->is_standing = true;
	sp->stopped_count++;
	sig = complete_locked(sp);
	if (!sig)
		return;
	spin_unlock(&sp->lock);
	lprocess_note_stopped(sp->lp, sig);
	spin_lock(&sp->lock);
}

bool lsignal_stand(struct lthread *lt)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct thread *self = lt->ut->thread;
	bool has_other_work = false;
	bool has_continued;

	spin_lock(&sp->lock);
	while (sp->is_stopping && !has_other_work) {
		stand_up_locked(sp, lt->signal);
		if (!sp->is_stopping)
			break;
		/* Other signals wait until it goes on. */
		if (waitq_sleep(&sp->stop_wait, &sp->lock, KTIME_FOREVER) == 0)
			continue;
		thread_clear_interrupt(self, THREAD_INTERRUPT_SIGNAL);
		has_other_work = thread_pending_interrupts(self) != 0;
	}
	has_continued = !sp->is_stopping && sp->has_continued;
	if (has_continued)
		sp->has_continued = false;
	spin_unlock(&sp->lock);
	if (has_continued)
		lprocess_note_continued(lt->process);
	if (has_other_work)
		thread_interrupt(self, THREAD_INTERRUPT_SIGNAL);
	return !has_other_work;
}

bool lsignal_is_stopped(struct lprocess *lp)
{
	struct lsignal_process *sp = lp->signal;
	bool is_stopped;

	spin_lock(&sp->lock);
	is_stopped = sp->is_stopped;
	spin_unlock(&sp->lock);
	return is_stopped;
}
