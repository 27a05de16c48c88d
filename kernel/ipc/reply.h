/*
 * Reply: an answer that is owed, as an object. A receiver that cannot answer at
 * once turns what it owes into a capability; it can go on to receive, and whoever
 * has the capability can answer, once. Dropping the last capability tells the
 * caller that no answer will come (-ECANCELED).
 */
#ifndef KERNEL_IPC_REPLY_H
#define KERNEL_IPC_REPLY_H

#include "kernel/ipc/endpoint.h"
#include "kernel/lib/compiler.h"

struct reply;

/*
 * Takes over what debt owes. On success the caller owns one reference to *out.
 * account pays, NULL: nobody. 0, -EINVAL when nothing is owed, or -ENOMEM.
 */
MUST_CHECK int reply_create(struct mem_account *account, struct ipc_debt *debt, struct reply **out);

struct kobject *reply_kobject(struct reply *reply);
/* NULL when it is an object of another type. */
struct reply *reply_from_kobject(struct kobject *obj);

/* As ipc_answer(); -EPIPE also when it has been answered already. */
MUST_CHECK int reply_answer(struct reply *reply, struct message_side *side);

#endif
