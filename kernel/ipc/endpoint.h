/*
 * Endpoint: where threads call each other. A caller sends a message and waits for
 * the answer; a receiver takes one call at a time and answers it, once.
 *
 * An endpoint has two ends, each an object of its own: capabilities of one may
 * call, of the other receive. When the last capability of an end is gone, nobody
 * is left on that side, and the other one is told so (-EPIPE) instead of waiting
 * forever.
 *
 * Deadlines are in nanoseconds since boot. Functions that may sleep want no
 * spinlock held.
 */
#ifndef KERNEL_IPC_ENDPOINT_H
#define KERNEL_IPC_ENDPOINT_H

#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/ipc/message.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct call;
struct endpoint;
struct mem_account;

/*
 * An answer that is owed: by a thread, which has one for the call that it received
 * last, or by a reply object. All zero: none. Only its owner uses it.
 */
struct ipc_debt {
	struct endpoint *endpoint; /* a reference to its memory; NULL: nothing is owed */
	struct call *call;	   /* under the endpoint's lock; NULL: the caller gave up */
};

/*
 * On success the caller owns one reference to each of the two ends of *out.
 * account pays, NULL: nobody. 0 or -ENOMEM.
 */
MUST_CHECK int endpoint_create(struct mem_account *account, struct endpoint **out);

/* The ends. Both valid as long as the caller has a reference to one of them. */
struct kobject *endpoint_receiving_end(struct endpoint *ep);
struct kobject *endpoint_calling_end(struct endpoint *ep);

/*
 * Sends side's words and message and waits for the answer, which is in side then.
 * ref is the use of a capability of the calling end; its grant's badge goes along.
 * Whatever the result, side->message is the caller's to destroy: what was not
 * delivered, what came back, or NULL.
 *
 *	-EINVAL		ref is of something else
 *	-EPIPE		no receiver is left
 *	-ECANCELED	it was received, and will not be answered
 *	-EMSGSIZE	the receiver has no room for the message
 *	-ETIMEDOUT	no answer by the deadline
 *	-EAGAIN		at once, for KTIME_POLL
 *	-EINTR, -EIO	interrupted; the capability was revoked
 *
 * With the last three, and after a time-out, the message may have been received;
 * the answer will go nowhere.
 */
MUST_CHECK int endpoint_call(const struct cap_ref *ref, struct message_side *side,
			     ktime_t deadline);

/*
 * Waits for a call; its words and message are in side, whose message must be NULL
 * before, and the answer to it is owed by debt. What debt owed before is dropped.
 * ref is the use of a capability of the receiving end (-EINVAL: of something else).
 * -EPIPE when no caller is left; -ETIMEDOUT, -EAGAIN, -EINTR, -EIO.
 */
MUST_CHECK int endpoint_receive(const struct cap_ref *ref, struct ipc_debt *debt,
				struct message_side *side, ktime_t deadline);

/*
 * Answers with side's words and message, and nothing is owed any more:
 *
 *	-EPIPE		the caller has given up
 *	-EMSGSIZE	it has no room for the message: the answer is still owed
 *	-EINVAL		nothing is owed
 *
 * A message that was not delivered stays in side.
 */
MUST_CHECK int ipc_answer(struct ipc_debt *debt, struct message_side *side);

/*
 * Both: answers, then receives into side. A caller who has given up is no error.
 * The CPU goes straight to the one who gets the answer when there is no call yet.
 * With -EMSGSIZE and -EINVAL (nothing is owed, or ref is of something else) nothing
 * was received, and side->message is still what was to be sent.
 */
MUST_CHECK int endpoint_answer_and_receive(const struct cap_ref *ref, struct ipc_debt *debt,
					   struct message_side *side, ktime_t deadline);

/* Will not answer: the caller gets -ECANCELED. Nothing is owed afterwards. */
void ipc_debt_drop(struct ipc_debt *debt);

static inline bool ipc_debt_is_owed(const struct ipc_debt *debt)
{
	return debt->endpoint != NULL;
}

/* from must owe, to must not: to owes it from then on. */
void ipc_debt_move(struct ipc_debt *from, struct ipc_debt *to);

/* Endpoints that exist; for leak tests. */
uint32_t endpoint_count(void);

#endif
