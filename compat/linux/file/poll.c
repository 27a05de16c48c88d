/*
 * poll(2), ppoll(2), select(2), pselect6(2).
 *
 * Both kinds become a list of struct linux_pollfd, which is asked from front to back
 * until something is ready. A file is held by the poller while it waits; whether the
 * descriptor still means it is looked up anew each time round.
 */
#include "compat/linux/uapi/poll.h"
#include "compat/linux/file/fdtable.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/signal.h"
#include "compat/linux/uapi/time.h"
#include "kernel/cap/cspace.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/poll.h"

#define NS_PER_S 1000000000
#define NS_PER_MS 1000000
#define NS_PER_US 1000

static_assert(LINUX_POLLIN == READY_IN && LINUX_POLLOUT == READY_OUT &&
		      LINUX_POLLRDHUP == READY_RDHUP,
	      "handed on as it is");

/* --- The wait that all have in common --- */

struct poll_list {
	struct linux_pollfd *fds;
	uint32_t count;
	ktime_t deadline;
};

/* What a descriptor is ready for, of what is asked. */
static uint32_t ask(struct lthread *lt, struct poller *poller, const struct linux_pollfd *entry)
{
	uint32_t wanted = (uint16_t)entry->events | READY_ERR | READY_HUP;
	struct fd_ref ref;
	uint32_t ready;
	int err = fd_get_open(lt, entry->fd, RIGHT_POLL, &ref);

	if (err)
		return err == -EBADF ? READY_NVAL : READY_ERR;
	ready = poller_ask(poller, ref.file, wanted) & wanted;
	fd_put(&ref);
	return ready;
}

static int64_t ask_all(struct lthread *lt, struct poller *poller, struct poll_list *list)
{
	struct linux_pollfd *entry;
	int64_t count = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		entry = &list->fds[i];
		entry->revents = 0;
		if (entry->fd < 0)
			continue;
		entry->revents = (int16_t)ask(lt, poller, entry);
		if (entry->revents == 0)
			continue;
		count++;
		poller_disarm(poller);
	}
	return count;
}

/* How many are ready; 0 after the deadline; -EINTR, -ENOMEM. */
static int64_t wait_for(struct lthread *lt, struct poll_list *list)
{
	struct poller poller;
	int64_t ready;
	int err = 0;

	poller_init(&poller);
	for (;;) {
		ready = ask_all(lt, &poller, list);
		poller_disarm(&poller);
		if (ready || err)
			break;
		err = poller_sleep(&poller, list->deadline);
		/* After the deadline it is asked once more. */
		if (err && err != -ETIMEDOUT && err != -EAGAIN)
			break;
	}
	poller_fini(&poller);
	if (ready || err == -ETIMEDOUT || err == -EAGAIN)
		return ready;
	return err;
}

/* --- Times --- */

/* As a point of time; a NULL pointer is for ever, a time of zero is no wait at all. */
static int read_timeout(struct user_ptr ptr, int64_t ns_per_unit, ktime_t *deadline)
{
	struct linux_timespec time;
	int64_t ns;
	int err;

	*deadline = KTIME_FOREVER;
	if (user_ptr_is_null(ptr))
		return 0;
	err = copy_from_user(&time, ptr, sizeof(time));
	if (err)
		return err;
	if (time.sec < 0 || time.nsec < 0)
		return -EINVAL;
	/* select(2) allows more than a second of microseconds. */
	if (ns_per_unit == 1 && time.nsec >= NS_PER_S)
		return -EINVAL;
	if (__builtin_mul_overflow(time.sec, (int64_t)NS_PER_S, &ns) ||
	    __builtin_mul_overflow(time.nsec, ns_per_unit, &time.nsec) ||
	    __builtin_add_overflow(ns, time.nsec, &ns))
		ns = INT64_MAX;
	*deadline = ns == 0 ? KTIME_POLL : time_after(ns);
	return 0;
}

/* What is left of it, as Linux tells the program; that it cannot be written is no error. */
static void write_timeout(struct user_ptr ptr, int64_t ns_per_unit, ktime_t deadline)
{
	struct linux_timespec time = {0};
	int64_t left;

	if (user_ptr_is_null(ptr) || deadline == KTIME_FOREVER)
		return;
	left = deadline == KTIME_POLL ? 0 : deadline - time_now();
	if (left > 0) {
		time.sec = left / NS_PER_S;
		time.nsec = left % NS_PER_S / ns_per_unit;
	}
	if (copy_to_user(ptr, &time, sizeof(time)))
		return;
}

/* --- poll(2) --- */

static int64_t poll_user(struct lthread *lt, struct user_ptr fds, uint32_t count, ktime_t deadline)
{
	struct poll_list list = {.count = count, .deadline = deadline};
	size_t size = count * sizeof(struct linux_pollfd);
	int64_t result;

	if (count > lprocess_limit(lt->process, LINUX_RLIMIT_NOFILE).cur || count > CSPACE_MAX)
		return -EINVAL;
	list.fds = kmem_alloc(size ? size : 1);
	if (!list.fds)
		return -ENOMEM;
	result = copy_from_user(list.fds, fds, size);
	if (!result)
		result = wait_for(lt, &list);
	if (result >= 0 && copy_to_user(fds, list.fds, size))
		result = -EFAULT;
	kmem_free(list.fds, size ? size : 1);
	return result;
}

static int64_t poll_again(struct lthread *lt, struct restart_block *block)
{
	int64_t result = poll_user(lt, user_ptr(block->words[0]), (uint32_t)block->words[1],
				   block->deadline);

	return restart_result(result, RESTART_BY_BLOCK);
}

int64_t linux_poll(struct lthread *lt, struct user_ptr fds, uint32_t count, int32_t timeout_ms)
{
	ktime_t deadline = KTIME_FOREVER;
	int64_t result;

	if (timeout_ms >= 0)
		deadline = timeout_ms ? time_after((ktime_t)timeout_ms * NS_PER_MS) : KTIME_POLL;
	result = poll_user(lt, fds, count, deadline);
	if (result == -EINTR) {
		lt->call.restart.again = poll_again;
		lt->call.restart.deadline = deadline;
		lt->call.restart.words[0] = fds.addr;
		lt->call.restart.words[1] = count;
	}
	return restart_result(result, RESTART_BY_BLOCK);
}

/* --- The signal mask of ppoll(2) and pselect6(2) --- */

static int begin_mask(struct lthread *lt, struct user_ptr ptr, uint64_t size)
{
	linux_sigset_t mask;
	int err;

	if (user_ptr_is_null(ptr))
		return 0;
	if (size != sizeof(mask))
		return -EINVAL;
	err = copy_from_user(&mask, ptr, sizeof(mask));
	if (!err)
		lsignal_mask_begin(lt, mask);
	return err;
}

static void end_mask(struct lthread *lt, struct user_ptr ptr, int64_t result)
{
	if (!user_ptr_is_null(ptr) && result != -EINTR)
		lsignal_mask_end(lt);
}

int64_t linux_ppoll(struct lthread *lt, struct user_ptr fds, uint32_t count,
		    struct user_ptr timeout, struct user_ptr sigmask, size_t set_size)
{
	ktime_t deadline;
	int64_t result = read_timeout(timeout, 1, &deadline);

	if (!result)
		result = begin_mask(lt, sigmask, set_size);
	if (result)
		return result;
	result = poll_user(lt, fds, count, deadline);
	write_timeout(timeout, 1, deadline);
	end_mask(lt, sigmask, result);
	return restart_result(result, RESTART_WITHOUT_HANDLER);
}

/* --- select(2) --- */

enum select_set {
	SELECT_IN,
	SELECT_OUT,
	SELECT_EXCEPT,
	SELECT_SETS,
};

static const struct {
	uint16_t ask;
	uint16_t ready;
} select_events[SELECT_SETS] = {
	[SELECT_IN] = {READY_IN | READY_RDNORM | READY_RDBAND,
		       READY_IN | READY_RDNORM | READY_RDBAND | READY_HUP | READY_ERR},
	[SELECT_OUT] = {READY_OUT | READY_WRNORM | READY_WRBAND,
			READY_OUT | READY_WRNORM | READY_WRBAND | READY_ERR},
	[SELECT_EXCEPT] = {READY_PRI, READY_PRI},
};

struct selection {
	uint32_t count; /* descriptors below it */
	uint32_t words; /* of each set */
	struct user_ptr user[SELECT_SETS];
	uint64_t *bits; /* the sets, one after the other */
	size_t bits_size;
	struct linux_pollfd *fds; /* room for count */
};

static bool has_bit(const struct selection *sel, uint32_t set, uint32_t fd)
{
	return sel->bits[set * sel->words + fd / 64] >> (fd % 64) & 1;
}

static uint64_t *set_bits(const struct selection *sel, uint32_t set)
{
	return sel->bits + (size_t)set * sel->words;
}

static int selection_init(struct selection *sel)
{
	size_t set_size = sel->words * sizeof(uint64_t);
	int err = 0;

	sel->bits_size = MAX(SELECT_SETS * set_size, sizeof(uint64_t));
	sel->bits = kmem_zalloc(sel->bits_size);
	sel->fds = kmem_alloc(MAX(sel->count, 1u) * sizeof(*sel->fds));
	if (!sel->bits || !sel->fds)
		return -ENOMEM;
	for (uint32_t set = 0; set < SELECT_SETS && !err; set++) {
		if (!user_ptr_is_null(sel->user[set]))
			err = copy_from_user(set_bits(sel, set), sel->user[set], set_size);
	}
	return err;
}

static void selection_fini(struct selection *sel)
{
	if (sel->bits)
		kmem_free(sel->bits, sel->bits_size);
	if (sel->fds)
		kmem_free(sel->fds, MAX(sel->count, 1u) * sizeof(*sel->fds));
}

static uint32_t selection_to_list(const struct selection *sel)
{
	uint32_t used = 0;
	uint16_t events;

	for (uint32_t fd = 0; fd < sel->count; fd++) {
		events = 0;
		for (uint32_t set = 0; set < SELECT_SETS; set++)
			events |= has_bit(sel, set, fd) ? select_events[set].ask : 0;
		if (events)
			sel->fds[used++] =
				(struct linux_pollfd){.fd = (int32_t)fd, .events = (int16_t)events};
	}
	return used;
}

/* Leaves the bits that are ready; how many, or -EBADF. */
static int64_t selection_from_list(struct selection *sel, uint32_t used)
{
	const struct linux_pollfd *entry;
	int64_t total = 0;
	uint32_t fd, word;

	for (uint32_t i = 0; i < used * SELECT_SETS; i++) {
		entry = &sel->fds[i / SELECT_SETS];
		fd = (uint32_t)entry->fd;
		word = i % SELECT_SETS * sel->words + fd / 64;
		if (entry->revents & READY_NVAL)
			return -EBADF;
		if (!has_bit(sel, i % SELECT_SETS, fd))
			continue;
		if (entry->revents & select_events[i % SELECT_SETS].ready)
			total++;
		else
			sel->bits[word] &= ~(1ull << (fd % 64));
	}
	return total;
}

static int64_t selection_write(const struct selection *sel)
{
	for (uint32_t set = 0; set < SELECT_SETS; set++) {
		if (user_ptr_is_null(sel->user[set]))
			continue;
		if (copy_to_user(sel->user[set], set_bits(sel, set), sel->words * sizeof(uint64_t)))
			return -EFAULT;
	}
	return 0;
}

static int64_t select_user(struct lthread *lt, struct selection *sel, ktime_t deadline)
{
	struct poll_list list = {.deadline = deadline};
	int64_t result = selection_init(sel), total;

	if (result)
		goto out_fini;
	list.fds = sel->fds;
	list.count = selection_to_list(sel);
	result = wait_for(lt, &list);
	if (result < 0)
		goto out_fini;
	total = selection_from_list(sel, list.count);
	result = total < 0 ? total : selection_write(sel);
	if (!result)
		result = total;
out_fini:
	selection_fini(sel);
	return result;
}

/* Descriptors above the table's end are not looked at, as on Linux. */
static int selection_count(const struct lthread *lt, int32_t count, struct selection *sel)
{
	if (count < 0)
		return -EINVAL;
	sel->count = MIN((uint32_t)count, cspace_limit(fd_space(lt)));
	sel->words = (sel->count + 63) / 64;
	return 0;
}

int64_t linux_select(struct lthread *lt, int32_t count, struct user_ptr in, struct user_ptr out,
		     struct user_ptr except, struct user_ptr timeout)
{
	struct selection sel = {.user = {in, out, except}};
	ktime_t deadline;
	int64_t result = read_timeout(timeout, NS_PER_US, &deadline);

	if (!result)
		result = selection_count(lt, count, &sel);
	if (result)
		return result;
	result = select_user(lt, &sel, deadline);
	write_timeout(timeout, NS_PER_US, deadline);
	return restart_result(result, RESTART_WITHOUT_HANDLER);
}

/* The sixth argument points to the mask's address and size. */
static int read_mask_argument(struct user_ptr ptr, struct user_ptr *mask, uint64_t *size)
{
	uint64_t words[2] = {0, 0};
	int err = 0;

	if (!user_ptr_is_null(ptr))
		err = copy_from_user(words, ptr, sizeof(words));
	*mask = user_ptr(words[0]);
	*size = words[1];
	return err;
}

/* NOLINTNEXTLINE(readability-function-size): six arguments and the thread */
int64_t linux_pselect6(struct lthread *lt, int32_t count, struct user_ptr in, struct user_ptr out,
		       struct user_ptr except, struct user_ptr timeout, struct user_ptr sigmask)
{
	struct selection sel = {.user = {in, out, except}};
	struct user_ptr mask = {0};
	ktime_t deadline;
	uint64_t size;
	int64_t result = read_timeout(timeout, 1, &deadline);

	if (!result)
		result = read_mask_argument(sigmask, &mask, &size);
	if (!result)
		result = selection_count(lt, count, &sel);
	if (!result)
		result = begin_mask(lt, mask, size);
	if (result)
		return result;
	result = select_user(lt, &sel, deadline);
	write_timeout(timeout, 1, deadline);
	end_mask(lt, mask, result);
	return restart_result(result, RESTART_WITHOUT_HANDLER);
}
