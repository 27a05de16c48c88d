/*
 * Endpoints: who waits for whom.
 *
 * A call lives on its caller's stack, a receiver likewise; the endpoint has a list
 * of each, and one of the two is always empty. Everything about them is guarded by
 * the endpoint's lock, also after they have met:
 *
 *	QUEUED	in ep->calls
 *	TAKEN	call->debt is who has to answer, debt->call points back
 *	DONE	call->result says how it ended; nobody else knows it any more
 *
 * Whoever stops waiting unlinks itself under the lock, so the other side never
 * sees a stack that is gone:
 *
 *	caller gives up		QUEUED: leaves the list; TAKEN: debt->call = NULL
 *	answerer gives up	call DONE with -ECANCELED
 *	receiving end is gone	all QUEUED calls are DONE with -EPIPE
 *	calling end is gone	receivers wake and find so: -EPIPE
 *
 * The endpoint's memory lives until both ends are gone and no debt is left, for a
 * debt needs the lock.
 *
 * Words are copied from frame to frame under the lock, which is safe because the
 * thread of the other frame sleeps and has to take the lock before it goes on.
 * Messages change hands by pointer, and each thread copies to and from its own
 * user memory before and after, without a lock.
 *
 * A caller that finds a receiver waiting, and a receiver that has just answered and
 * finds no call, hands its CPU over to the other (kernel/sched/park.h). So a server
 * runs on its caller's time, and a call to a server and back costs two switches that
 * choose nobody. Who is handed the CPU knows that it has been served.
 *
 * Lock order: ep->lock -> run queue. One endpoint at a time.
 */
#include "kernel/ipc/endpoint.h"

#include "kernel/arch/target.h"
#include "kernel/cap/kobject.h"
#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/ipc/endpoint_impl.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/mm/account.h"
#include "kernel/sched/park.h"
#include "kernel/sched/thread.h"

enum call_state {
	CALL_QUEUED,
	CALL_TAKEN,
	CALL_DONE,
};

struct call {
	struct list_node node; /* in ep->calls while QUEUED */
	struct thread *thread; /* const: the caller */
	struct message_side *side;
	struct ipc_debt *debt; /* while TAKEN */
	uint64_t badge;
	enum call_state state;
	int result; /* when DONE */
};

struct receiver {
	struct list_node node; /* in ep->receivers until it is served */
	struct thread *thread; /* const: the receiver */
	struct message_side *side;
	struct ipc_debt *debt;
	bool is_served;
};

struct endpoint {
	struct kobject receiving_end;
	struct kobject calling_end;
	struct mem_account *account; /* const */

	struct spinlock lock;
	uint32_t users GUARDED_BY(&lock); /* ends and debts: who needs the memory */
	struct list_node calls GUARDED_BY(&lock);
	struct list_node receivers GUARDED_BY(&lock);
	bool has_receiving_end GUARDED_BY(&lock);
	bool has_calling_end GUARDED_BY(&lock);
};

static struct atomic32 count;

/* One user less; frees the memory with the last. Releases the lock. */
static void leave_and_unlock(struct endpoint *ep) RELEASES(&ep->lock);

static void leave_and_unlock(struct endpoint *ep)
{
	bool is_last = --ep->users == 0;

	spin_unlock(&ep->lock);
	if (!is_last)
		return;
	kmem_free_charged(ep->account, ep, sizeof(*ep));
	(void)atomic32_fetch_sub(&count, 1);
}

static void finish_call(struct call *call, int result)
{
	call->state = CALL_DONE;
	call->result = result;
	thread_unpark(call->thread);
}

static struct call *pop_call(struct endpoint *ep) REQUIRES(&ep->lock);

static struct call *pop_call(struct endpoint *ep)
{
	struct list_node *node = list_pop_front(&ep->calls);

	return node ? list_entry(node, struct call, node) : NULL;
}

/* --- The ends --- */

static void receiving_end_destroy(struct kobject *obj)
{
	struct endpoint *ep = container_of(obj, struct endpoint, receiving_end);
	struct call *call;

	spin_lock(&ep->lock);
	ep->has_receiving_end = false;
	/* One a turn: there may be many, and the lock keeps this CPU from switching. */
	while ((call = pop_call(ep)) != NULL) {
		finish_call(call, -EPIPE);
		spin_unlock(&ep->lock);
		spin_lock(&ep->lock);
	}
	leave_and_unlock(ep);
}

static void calling_end_destroy(struct kobject *obj)
{
	struct endpoint *ep = container_of(obj, struct endpoint, calling_end);

	spin_lock(&ep->lock);
	ep->has_calling_end = false;
	list_for_each (node, &ep->receivers)
		thread_unpark(list_entry(node, struct receiver, node)->thread);
	leave_and_unlock(ep);
}

static const struct kobject_type receiving_type = {
	KOBJECT_TYPE(ENDPOINT, struct endpoint),
	.destroy = receiving_end_destroy,
};

static const struct kobject_type calling_type = {
	KOBJECT_TYPE(ENDPOINT, struct endpoint),
	.destroy = calling_end_destroy,
};

/* NULL when it is something else. */
static inline struct endpoint *from_receiving_end(struct kobject *obj)
{
	if (UNLIKELY(obj->type != &receiving_type))
		return NULL;
	return container_of(obj, struct endpoint, receiving_end);
}

static inline struct endpoint *from_calling_end(struct kobject *obj)
{
	if (UNLIKELY(obj->type != &calling_type))
		return NULL;
	return container_of(obj, struct endpoint, calling_end);
}

int endpoint_create(struct mem_account *account, struct endpoint **out)
{
	struct endpoint *ep = kmem_zalloc_charged(account, sizeof(*ep));

	if (!ep)
		return -ENOMEM;
	kobject_init(&ep->receiving_end, &receiving_type);
	kobject_init(&ep->calling_end, &calling_type);
	ep->account = account;
	spin_lock_init(&ep->lock, LOCK_OBJECT);
	list_init(&ep->calls);
	list_init(&ep->receivers);
	ep->has_receiving_end = true;
	ep->has_calling_end = true;
	ep->users = 2;
	(void)atomic32_fetch_add(&count, 1);
	*out = ep;
	return 0;
}

struct kobject *endpoint_receiving_end(struct endpoint *ep)
{
	return &ep->receiving_end;
}

struct kobject *endpoint_calling_end(struct endpoint *ep)
{
	return &ep->calling_end;
}

uint32_t endpoint_count(void)
{
	return atomic32_load(&count);
}

/* --- Waiting --- */

/*
 * One sleep, handing the CPU to next if that is not NULL; releases the lock. 0 also
 * for an interruption that turns out to mean nothing: the caller looks again.
 */
static int wait_once(struct endpoint *ep, const struct cap_ref *ref, ktime_t deadline,
		     struct thread *next) RELEASES(&ep->lock);

static int wait_once(struct endpoint *ep, const struct cap_ref *ref, ktime_t deadline,
		     struct thread *next)
{
	int err = thread_park(&ep->lock, deadline, next);

	if (LIKELY(err >= 0))
		return err;
	err = cap_use_result(ref, err);
	if (err == -EINTR && !thread_pending_interrupts(thread_current()))
		return 0;
	return err;
}

/* Moves words and message. What to had sent has been taken from it before. */
static inline void message_pass(struct message_side *from, struct message_side *to)
{
	DEBUG_ASSERT(!to->message);
	arch_user_copy_words(to->frame, from->frame);
	to->message = from->message;
	from->message = NULL;
}

/* --- Calling --- */

/* call is QUEUED in no list, or was just taken from it; the two fit. */
static void deliver(struct endpoint *ep, struct call *call, struct message_side *side,
		    struct ipc_debt *debt) REQUIRES(&ep->lock);

static void deliver(struct endpoint *ep, struct call *call, struct message_side *side,
		    struct ipc_debt *debt)
{
	DEBUG_ASSERT(!debt->endpoint);
	ep->users++;
	message_pass(call->side, side);
	side->badge = call->badge;
	call->state = CALL_TAKEN;
	call->debt = debt;
	debt->endpoint = ep;
	debt->call = call;
}

/* Gives the call to a waiting receiver, who is to be woken then, or queues it. */
static int place_call(struct endpoint *ep, struct call *call, struct thread **next)
	REQUIRES(&ep->lock);

static int place_call(struct endpoint *ep, struct call *call, struct thread **next)
{
	struct list_node *node = list_first(&ep->receivers);
	struct receiver *receiver;

	if (UNLIKELY(!ep->has_receiving_end))
		return -EPIPE;
	if (UNLIKELY(!node)) {
		list_push_back(&ep->calls, &call->node);
		return 0;
	}
	receiver = list_entry(node, struct receiver, node);
	if (UNLIKELY(!message_fits(call->side, receiver->side)))
		return -EMSGSIZE;
	list_remove(node);
	deliver(ep, call, receiver->side, receiver->debt);
	receiver->is_served = true;
	*next = receiver->thread;
	return 0;
}

static void give_up(struct call *call)
{
	if (call->state == CALL_QUEUED)
		list_remove(&call->node);
	else
		call->debt->call = NULL;
}

/* Until the call is done. Releases the lock. */
static int wait_for_answer(struct endpoint *ep, struct call *call, const struct cap_ref *ref,
			   ktime_t deadline, struct thread *next) RELEASES(&ep->lock);

static int wait_for_answer(struct endpoint *ep, struct call *call, const struct cap_ref *ref,
			   ktime_t deadline, struct thread *next)
{
	int err = wait_once(ep, ref, deadline, next);

	/* Only an answer hands over to a caller. */
	if (LIKELY(err == THREAD_HANDED_OVER))
		return call->result;
	for (;;) {
		spin_lock(&ep->lock);
		if (call->state == CALL_DONE)
			break;
		if (err) {
			give_up(call);
			call->result = err;
			break;
		}
		err = wait_once(ep, ref, deadline, NULL);
		if (err == THREAD_HANDED_OVER)
			return call->result;
	}
	spin_unlock(&ep->lock);
	return call->result;
}

int endpoint_call(const struct cap_ref *ref, struct message_side *side, ktime_t deadline)
{
	struct endpoint *ep = from_calling_end(ref->object);
	struct thread *next = NULL;
	struct call call;
	int err;

	if (UNLIKELY(!ep))
		return -EINVAL;
	if (UNLIKELY(deadline == KTIME_POLL))
		return -EAGAIN;
	call.thread = thread_current();
	call.side = side;
	call.badge = ref->grant->badge;
	call.state = CALL_QUEUED;
	call.result = 0;

	spin_lock(&ep->lock);
	err = place_call(ep, &call, &next);
	if (LIKELY(!err))
		return wait_for_answer(ep, &call, ref, deadline, next);
	spin_unlock(&ep->lock);
	return err;
}

/* --- Receiving --- */

/* The first queued call that fits; those that do not are told so. */
static bool take_queued(struct endpoint *ep, struct receiver *receiver) REQUIRES(&ep->lock);

static bool take_queued(struct endpoint *ep, struct receiver *receiver)
{
	struct call *call;

	while ((call = pop_call(ep)) != NULL) {
		if (LIKELY(message_fits(call->side, receiver->side))) {
			deliver(ep, call, receiver->side, receiver->debt);
			receiver->is_served = true;
			return true;
		}
		finish_call(call, -EMSGSIZE);
	}
	return false;
}

/* next: who has just been answered and is not awake yet, or NULL. Releases the lock. */
static int receive_and_unlock(struct endpoint *ep, struct receiver *receiver,
			      const struct cap_ref *ref, ktime_t deadline, struct thread *next)
	RELEASES(&ep->lock);

static ALWAYS_INLINE int receive_and_unlock(struct endpoint *ep, struct receiver *receiver,
					    const struct cap_ref *ref, ktime_t deadline,
					    struct thread *next)
{
	int err = 0;

	while (!receiver->is_served) {
		if (take_queued(ep, receiver))
			break;
		if (!err && !ep->has_calling_end)
			err = -EPIPE;
		if (err)
			break;
		list_push_back(&ep->receivers, &receiver->node);
		err = wait_once(ep, ref, deadline, next);
		/* Only a call hands over to a receiver. */
		if (LIKELY(err == THREAD_HANDED_OVER))
			return 0;
		next = NULL;
		spin_lock(&ep->lock);
		if (!receiver->is_served)
			list_remove(&receiver->node);
	}
	if (receiver->is_served)
		err = 0;
	if (next)
		thread_unpark(next);
	spin_unlock(&ep->lock);
	return err;
}

static void receiver_init(struct receiver *receiver, struct message_side *side,
			  struct ipc_debt *debt)
{
	receiver->thread = thread_current();
	receiver->side = side;
	receiver->debt = debt;
	receiver->is_served = false;
}

int endpoint_receive(const struct cap_ref *ref, struct ipc_debt *debt, struct message_side *side,
		     ktime_t deadline)
{
	struct endpoint *ep = from_receiving_end(ref->object);
	struct receiver receiver;

	if (!ep)
		return -EINVAL;
	ipc_debt_drop(debt);
	receiver_init(&receiver, side, debt);
	spin_lock(&ep->lock);
	return receive_and_unlock(ep, &receiver, ref, deadline, NULL);
}

/* --- Answering --- */

/* The caller wakes *next. */
static int answer_locked(struct endpoint *ep, struct ipc_debt *debt, struct message_side *side,
			 struct thread **next) REQUIRES(&ep->lock);

static ALWAYS_INLINE int answer_locked(struct endpoint *ep UNUSED, struct ipc_debt *debt,
				       struct message_side *side, struct thread **next)
{
	struct call *call = debt->call;

	if (UNLIKELY(!call))
		return -EPIPE;
	if (UNLIKELY(!message_fits(side, call->side)))
		return -EMSGSIZE;
	message_pass(side, call->side);
	debt->call = NULL;
	call->state = CALL_DONE;
	call->result = 0;
	*next = call->thread;
	return 0;
}

int endpoint_answer(struct endpoint *ep, struct ipc_debt *debt, struct message_side *side)
{
	struct thread *next = NULL;
	int err;

	spin_lock(&ep->lock);
	err = answer_locked(ep, debt, side, &next);
	if (next)
		thread_unpark(next);
	spin_unlock(&ep->lock);
	return err;
}

/* Nothing is owed any more, nor does anybody else know of the call. */
static void forget(struct ipc_debt *debt)
{
	struct endpoint *ep = debt->endpoint;

	debt->endpoint = NULL;
	spin_lock(&ep->lock);
	leave_and_unlock(ep);
}

int ipc_answer(struct ipc_debt *debt, struct message_side *side)
{
	int err;

	if (!debt->endpoint)
		return -EINVAL;
	err = endpoint_answer(debt->endpoint, debt, side);
	if (err != -EMSGSIZE)
		forget(debt);
	return err;
}

int endpoint_answer_and_receive(const struct cap_ref *ref, struct ipc_debt *debt,
				struct message_side *side, ktime_t deadline)
{
	struct endpoint *ep = from_receiving_end(ref->object);
	struct message *undelivered;
	struct thread *next = NULL;
	struct receiver receiver;
	int err;

	if (UNLIKELY(!ep || !debt->endpoint))
		return -EINVAL;
	if (UNLIKELY(debt->endpoint != ep)) {
		err = ipc_answer(debt, side);
		if (err == -EMSGSIZE)
			return err;
		message_destroy(side->message);
		side->message = NULL;
		return endpoint_receive(ref, debt, side, deadline);
	}

	receiver_init(&receiver, side, debt);
	spin_lock(&ep->lock);
	err = answer_locked(ep, debt, side, &next);
	if (UNLIKELY(err == -EMSGSIZE)) {
		spin_unlock(&ep->lock);
		return err;
	}
	/* Never the last: the use of the receiving end keeps the memory. */
	debt->endpoint = NULL;
	ep->users--;
	if (UNLIKELY(side->message)) {
		/* Nobody takes it; it may sleep to be destroyed, so the lock goes first. */
		undelivered = side->message;
		side->message = NULL;
		spin_unlock(&ep->lock);
		message_destroy(undelivered);
		spin_lock(&ep->lock);
	}
	return receive_and_unlock(ep, &receiver, ref, deadline, next);
}

void ipc_debt_drop(struct ipc_debt *debt)
{
	struct endpoint *ep = debt->endpoint;

	if (!ep)
		return;
	spin_lock(&ep->lock);
	if (debt->call)
		finish_call(debt->call, -ECANCELED);
	debt->call = NULL;
	debt->endpoint = NULL;
	leave_and_unlock(ep);
}

void ipc_debt_move(struct ipc_debt *from, struct ipc_debt *to)
{
	struct endpoint *ep = from->endpoint;

	spin_lock(&ep->lock);
	to->endpoint = ep;
	to->call = from->call;
	if (to->call)
		to->call->debt = to;
	from->call = NULL;
	from->endpoint = NULL;
	spin_unlock(&ep->lock);
}
