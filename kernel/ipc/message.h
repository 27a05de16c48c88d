/*
 * Message: what passes from a caller to a receiver and back.
 *
 * Eight words go in the processor's registers, from one thread's frame to the
 * other's, and that is all that most messages need. A message can also carry
 * bytes and capabilities; those travel in a struct message, which belongs to
 * exactly one thread at any time: the sender's until it is delivered, then the
 * receiver's.
 */
#ifndef KERNEL_IPC_MESSAGE_H
#define KERNEL_IPC_MESSAGE_H

#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/lib/compiler.h"

struct mem_account;
struct trap_frame;

#define MESSAGE_MAX_LEN 4096u
#define MESSAGE_MAX_CAPS 8u

struct message {
	struct mem_account *account; /* const: pays */
	uint32_t size;		     /* const: bytes that data has room for */
	uint32_t len;		     /* bytes of data */
	uint32_t cap_count;
	struct cap caps[MESSAGE_MAX_CAPS]; /* the first cap_count own their references */
	uint8_t data[];
};

/*
 * An empty message with room for size bytes, at most MESSAGE_MAX_LEN; account
 * pays, NULL: nobody. data is not cleared: the caller fills it. On success the
 * caller owns *out. 0 or -ENOMEM.
 */
MUST_CHECK int message_create(struct mem_account *account, uint32_t size, struct message **out);

/* Drops what capabilities are left in it. NULL does nothing. No spinlock may be held. */
void message_destroy(struct message *message);

/*
 * One thread's side of an exchange: what it sends and what it is ready to take.
 * Lives on its stack during a system call.
 */
struct message_side {
	struct trap_frame *frame; /* the words are in it, sent and received */
	struct message *message;  /* sent, then received; NULL: words only. The thread's */
	uint32_t accept_len;	  /* bytes and capabilities it has room for */
	uint32_t accept_caps;
	uint64_t badge; /* received: of the caller's grant */
};

/* Whether to can take what from sends. */
static inline bool message_fits(const struct message_side *from, const struct message_side *to)
{
	return LIKELY(!from->message) || (from->message->len <= to->accept_len &&
					  from->message->cap_count <= to->accept_caps);
}

#endif
