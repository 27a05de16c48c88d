/*
 * A poller has one entry for each queue it is told of. A wake-up of any of them marks
 * the poller and wakes its thread, which then asks all again.
 *
 * Lock order: the object's lock -> poller->lock, which is of an IRQ rank as the
 * object's may be one that interrupts take.
 */
#include "kernel/vfs/poll.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/file.h"

static void poller_wake(struct waiter *waiter)
{
	struct poller *poller = container_of(waiter, struct poller_entry, waiter)->poller;
	irqflags_t flags = spin_lock_irqsave(&poller->lock);

	poller->is_triggered = true;
	waitq_wake_all(&poller->sleepers);
	spin_unlock_irqrestore(&poller->lock, flags);
}

static struct poller_entry *entry_alloc(struct poller *poller)
{
	if (poller->inline_used < POLLER_INLINE)
		return &poller->space[poller->inline_used++];
	return kmem_zalloc(sizeof(struct poller_entry));
}

static bool is_inline(const struct poller *poller, const struct poller_entry *entry)
{
	return entry >= poller->space && entry < poller->space + POLLER_INLINE;
}

static void poller_add(struct poll_table *table, struct waitq *wq, struct spinlock *lock)
{
	struct poller *poller = container_of(table, struct poller, table);
	struct poller_entry *entry = entry_alloc(poller);

	if (!entry) {
		poller->has_failed = true;
		return;
	}
	waiter_init(&entry->waiter, poller_wake);
	entry->poller = poller;
	entry->wq = wq;
	entry->lock = lock;
	entry->file = poller->asking;
	file_get(entry->file);
	entry->next = poller->entries;
	poller->entries = entry;
	waitq_add(wq, &entry->waiter);
}

void poller_init(struct poller *poller)
{
	poller->table.add = poller_add;
	spin_lock_init(&poller->lock, LOCK_POLL);
	waitq_init(&poller->sleepers);
	poller->is_triggered = false;
	poller->entries = NULL;
	poller->inline_used = 0;
	poller->has_failed = false;
	poller->asking = NULL;
}

uint32_t poller_ask(struct poller *poller, struct file *file, uint32_t events)
{
	poller->asking = file;
	return file_poll(file, &poller->table) & (events | READY_ERR | READY_HUP | READY_NVAL);
}

void poller_disarm(struct poller *poller)
{
	poller->table.add = NULL;
}

int poller_sleep(struct poller *poller, ktime_t deadline)
{
	irqflags_t flags;
	int err = 0;

	if (poller->has_failed)
		return -ENOMEM;
	flags = spin_lock_irqsave(&poller->lock);
	while (!poller->is_triggered && !err)
		err = waitq_sleep_irqs_off(&poller->sleepers, &poller->lock, deadline);
	if (poller->is_triggered)
		err = 0;
	poller->is_triggered = false;
	spin_unlock_irqrestore(&poller->lock, flags);
	return err;
}

void poller_fini(struct poller *poller)
{
	struct poller_entry *entry, *next;

	for (entry = poller->entries; entry; entry = next) {
		struct spinlock *lock = entry->lock;
		irqflags_t flags = spin_lock_irqsave(lock);

		waitq_remove(entry->wq, &entry->waiter);
		spin_unlock_irqrestore(lock, flags);
		file_put(entry->file);
		next = entry->next;
		if (!is_inline(poller, entry))
			kmem_free(entry, sizeof(*entry));
	}
	poller->entries = NULL;
}
