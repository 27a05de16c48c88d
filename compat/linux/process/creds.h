/*
 * Credentials: the ids and capability sets of a thread (credentials(7),
 * capabilities(7)). Never changed once others can see them: a change makes new ones.
 *
 * They are Linux's own rules inside what the capabilities of the kernel let a
 * process reach at all; CAP_SYS_ADMIN here opens nothing that was not handed over.
 */
#ifndef COMPAT_LINUX_PROCESS_CREDS_H
#define COMPAT_LINUX_PROCESS_CREDS_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/uapi/process.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/refcount.h"

struct lthread;

#define LCRED_GROUPS_MAX 65536u
#define LCRED_CAPS_ALL (BIT(LINUX_CAP_LAST_CAP + 1) - 1)

/* capabilities(7), "The securebits flags"; each has a bit above it that locks it. */
#define LCRED_SECBIT_NOROOT 0x01u
#define LCRED_SECBIT_NO_SETUID_FIXUP 0x04u
#define LCRED_SECBIT_KEEP_CAPS 0x10u
#define LCRED_SECBIT_KEEP_CAPS_LOCKED 0x20u
#define LCRED_SECBIT_NO_AMBIENT_RAISE 0x40u
#define LCRED_SECBITS_ALL 0xffu
#define LCRED_SECBITS_LOCKS 0xaau

enum lcred_id {
	LCRED_REAL,
	LCRED_EFFECTIVE,
	LCRED_SAVED,
	LCRED_FS,
	LCRED_ID_COUNT,
};

enum lcred_kind {
	LCRED_USER,
	LCRED_GROUP,
};

struct lcred {
	struct refcount refs;
	uint32_t uid[LCRED_ID_COUNT];
	uint32_t gid[LCRED_ID_COUNT];
	uint64_t permitted; /* sets of capabilities: bit n is LINUX_CAP_ n */
	uint64_t effective;
	uint64_t inheritable;
	uint64_t bounding;
	uint64_t ambient;
	uint32_t secure_bits;
	uint32_t group_count;
	uint32_t groups[];
};

/* Those of root, with everything. On success the caller owns one reference. 0 or -ENOMEM. */
MUST_CHECK int lcred_create_root(struct lcred **out);

/* A copy to be changed, with room for so many groups (as many copied as fit). */
MUST_CHECK int lcred_copy(const struct lcred *from, uint32_t group_count, struct lcred **out);

void lcred_get(struct lcred *cred);
void lcred_put(struct lcred *cred);

/* Of any thread, with a reference for the caller. The running thread may use lt->cred. */
MUST_CHECK struct lcred *lthread_cred(struct lthread *lt);

/* The running thread's from now on; takes over the reference. */
void lthread_set_cred(struct lthread *lt, struct lcred *cred);

static inline bool lcred_has_cap(const struct lcred *cred, uint32_t cap)
{
	return (cred->effective & BIT(cap)) != 0;
}

/* What an exec makes of them; the file's set-id bits are the exec's business. */
void lcred_exec(struct lcred *cred, bool is_set_id);

#endif
