/* Between endpoint.c and reply.c. */
#ifndef KERNEL_IPC_ENDPOINT_IMPL_H
#define KERNEL_IPC_ENDPOINT_IMPL_H

#include "kernel/ipc/endpoint.h"

/*
 * Answers the call that debt, whose endpoint is ep, owes; several threads may try.
 * -EPIPE when there is none any more, -EMSGSIZE. Does not touch debt->endpoint.
 */
MUST_CHECK int endpoint_answer(struct endpoint *ep, struct ipc_debt *debt,
			       struct message_side *side);

#endif
