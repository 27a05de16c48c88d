#include "compat/linux/signal/queue.h"

#include "kernel/lib/bits.h"
#include "kernel/mm/slab.h"

void signal_pending_init(struct signal_pending *pending)
{
	pending->set = 0;
	list_init(&pending->queue);
}

static void entry_free(struct signal_entry *entry)
{
	list_remove(&entry->node);
	if (!entry->quota)
		return;
	atomic32_dec(&entry->quota->count);
	kmem_free(entry, sizeof(*entry));
}

void signal_drop(struct signal_pending *pending, linux_sigset_t which)
{
	if (!(pending->set & which))
		return;
	pending->set &= ~which;
	list_for_each_safe (node, &pending->queue) {
		struct signal_entry *entry = list_entry(node, struct signal_entry, node);

		if (signal_bit((uint32_t)entry->info.signo) & which)
			entry_free(entry);
	}
}

void signal_pending_clear(struct signal_pending *pending)
{
	signal_drop(pending, ~(linux_sigset_t)0);
}

void signal_cross_out(struct signal_pending *pending, uint32_t sig)
{
	if (sig == LINUX_SIGCONT)
		signal_drop(pending, SIGNALS_STOP);
	else if (signal_bit(sig) & SIGNALS_STOP)
		signal_drop(pending, signal_bit(LINUX_SIGCONT));
}

/* An entry under the quota, or NULL. The count may pass the limit for a moment only. */
static struct signal_entry *entry_create(struct signal_quota *quota, uint64_t limit)
{
	struct signal_entry *entry;

	if (atomic32_inc_return(&quota->count) > limit)
		goto out_uncount;
	entry = kmem_alloc(sizeof(*entry));
	if (!entry)
		goto out_uncount;
	entry->quota = quota;
	return entry;

out_uncount:
	atomic32_dec(&quota->count);
	return NULL;
}

/* There is one entry of it at most, and its sender did not choose the siginfo. */
static bool is_harmless(const struct linux_siginfo *info)
{
	return !signal_is_realtime((uint32_t)info->signo) && info->code >= LINUX_SI_USER;
}

enum signal_sent signal_send(struct signal_pending *pending, const struct linux_siginfo *info,
			     struct signal_quota *quota, uint64_t limit)
{
	uint32_t sig = (uint32_t)info->signo;
	linux_sigset_t bit = signal_bit(sig);
	struct signal_entry *entry;

	if (!signal_is_realtime(sig) && pending->set & bit)
		return SIGNAL_COALESCED;
	entry = entry_create(quota, is_harmless(info) ? UINT64_MAX : limit);
	if (!entry) {
		/* kill(2) never fails for want of room; sigqueue(3) must not lose a value. */
		if (signal_is_realtime(sig) && info->code != LINUX_SI_USER)
			return SIGNAL_REFUSED;
		pending->set |= bit;
		return SIGNAL_SENT_BARE;
	}
	entry->info = *info;
	list_push_back(&pending->queue, &entry->node);
	pending->set |= bit;
	return SIGNAL_SENT;
}

void signal_entry_init(struct signal_entry *entry)
{
	*entry = (struct signal_entry){0};
	list_init(&entry->node);
}

enum signal_sent signal_send_entry(struct signal_pending *pending, struct signal_entry *entry)
{
	if (list_is_linked(&entry->node))
		return SIGNAL_COALESCED;
	list_push_back(&pending->queue, &entry->node);
	pending->set |= signal_bit((uint32_t)entry->info.signo);
	return SIGNAL_SENT;
}

/* The oldest entry of a signal, or NULL; whether there is another after it. */
static struct signal_entry *find_entry(const struct signal_pending *pending, uint32_t sig,
				       bool *has_more)
{
	struct signal_entry *first = NULL;

	*has_more = false;
	list_for_each (node, &pending->queue) {
		struct signal_entry *entry = list_entry(node, struct signal_entry, node);

		if (entry->info.signo != (int32_t)sig)
			continue;
		if (first) {
			*has_more = true;
			break;
		}
		first = entry;
	}
	return first;
}

void signal_entry_cancel(struct signal_pending *pending, struct signal_entry *entry)
{
	uint32_t sig = (uint32_t)entry->info.signo;
	bool has_more;

	if (!list_is_linked(&entry->node))
		return;
	list_remove(&entry->node);
	if (!find_entry(pending, sig, &has_more))
		pending->set &= ~signal_bit(sig);
}

static uint32_t next_of(linux_sigset_t ready)
{
	if (ready & SIGNALS_FAULT)
		ready &= SIGNALS_FAULT;
	return ready ? bits_first(ready) + 1 : 0;
}

static void take_from(struct signal_pending *pending, uint32_t sig, struct signal_taken *out)
{
	bool has_more;
	struct signal_entry *entry = find_entry(pending, sig, &has_more);

	if (!has_more)
		pending->set &= ~signal_bit(sig);
	out->timer = NULL;
	if (!entry) {
		signal_info_kill(&out->info, sig, LINUX_SI_USER, 0, 0);
		return;
	}
	out->info = entry->info;
	if (!entry->quota)
		out->timer = entry;
	entry_free(entry);
}

/* Where the next signal is, and its number; NULL when there is none. */
static const struct signal_pending *find_next(const struct signal_pending *thread,
					      const struct signal_pending *process,
					      linux_sigset_t blocked, uint32_t *sig)
{
	linux_sigset_t kill = signal_bit(LINUX_SIGKILL);

	blocked &= ~SIGNALS_UNBLOCKABLE;
	*sig = LINUX_SIGKILL;
	if (thread->set & kill)
		return thread;
	if (process && process->set & kill)
		return process;
	*sig = next_of(thread->set & ~blocked);
	if (*sig != 0)
		return thread;
	if (process)
		*sig = next_of(process->set & ~blocked);
	return *sig != 0 ? process : NULL;
}

bool signal_take(struct signal_pending *thread, struct signal_pending *process,
		 linux_sigset_t blocked, struct signal_taken *out)
{
	uint32_t sig;
	const struct signal_pending *from = find_next(thread, process, blocked, &sig);

	if (!from)
		return false;
	take_from(from == thread ? thread : process, sig, out);
	return true;
}

uint32_t signal_next(const struct signal_pending *thread, const struct signal_pending *process,
		     linux_sigset_t blocked)
{
	uint32_t sig;

	return find_next(thread, process, blocked, &sig) ? sig : 0;
}
