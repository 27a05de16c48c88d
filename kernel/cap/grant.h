/*
 * Grant: a node of authority in a tree of derivation.
 *
 * A capability says what may be done (rights), to what (object) and by whose
 * leave (grant). The grant is not tied to one object: a file that was opened
 * through a directory capability has another object but the directory's grant,
 * so revoking the directory closes the file too. Making an object makes no
 * grant: the maker's capability uses the grant of the authority it was made
 * under.
 *
 *	root			grant_create_root()
 *	 |- volume		grant_mint(root)
 *	 |   |- container	grant_mint(volume)
 *	 |   `- backup
 *	 `- console
 *
 * A child holds a reference on its parent. A grant that nobody refers to leaves
 * the tree by itself. A dead one never comes back to life; what it had below it
 * is dead too, by the time grant_revoke() returns.
 */
#ifndef KERNEL_CAP_GRANT_H
#define KERNEL_CAP_GRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cap/registry.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"

struct mem_account;

#define GRANT_ORIGIN_LEN 24

/*
 * Public for the look-up, which reads is_dead; everything else is kernel/cap's.
 *	c  const after creation
 *	t  the tree's lock: root->lock
 */
struct grant {
	uint8_t is_dead; /* t to write, atomic to read: 0, then 1 for good */
	struct registered reg;
	struct grant *parent;	       /* c: a reference; NULL: a root */
	struct grant *root;	       /* c: itself or an ancestor, alive as long as this */
	struct list_node children;     /* t: oldest first */
	struct list_node sibling;      /* t: in parent->children */
	struct list_node dependents;   /* t: of struct grant_dependent */
	uint32_t running;	       /* t: revoked() calls that have not returned yet */
	uint32_t depth;		       /* c: 0 for a root */
	uint64_t badge;		       /* c */
	struct mem_account *account;   /* c: charged for this */
	struct spinlock lock;	       /* of a root: its tree's */
	char origin[GRANT_ORIGIN_LEN]; /* c: always terminated */
};

/*
 * A root, or a child of parent. account pays for it, and may be NULL: nobody.
 * origin says for reports why it is there; it is copied and cut. badge is a word
 * for the servers of endpoints, to know their callers by; 0 for none. On success
 * the caller owns one reference to *out; the parent's is taken besides, not from
 * the caller.
 *
 *	-ENOMEM		no memory, or none left in the account
 *	-EIO		the parent is dead
 */
MUST_CHECK int grant_create_root(struct mem_account *account, const char *origin,
				 struct grant **out);
MUST_CHECK int grant_mint(struct grant *parent, struct mem_account *account, const char *origin,
			  uint64_t badge, struct grant **out);

/* The caller holds a reference already. Any context. */
void grant_get(struct grant *grant);

/* No spinlock may be held. Frees parents too, one after the other, when it is their last. */
void grant_put(struct grant *grant);

/* A hint, unless the grant is dead: that lasts. Any context. */
static inline bool grant_is_dead(const struct grant *grant)
{
	return READ_ONCE(grant->is_dead);
}

enum revoke_scope {
	REVOKE_SELF,	    /* the grant and all below it */
	REVOKE_DESCENDANTS, /* all below it */
};

/*
 * Ends the authority of the scope, in steps that can be preempted, and returns
 * when no use of any of it is left anywhere: kernel/cap/README.md says why.
 * Sleeps. The caller holds a reference to the grant, no lock, and no cap_ref.
 */
void grant_revoke(struct grant *grant, enum revoke_scope scope);

/*
 * Something that outlives single uses of a capability and has to be undone at
 * its revocation: a mapping, an entry of a poll set. Embedded in it.
 */
struct grant_dependent;

struct grant_dependent_ops {
	/*
	 * Called under a spinlock of rank GRANT: takes a reference, so that the
	 * dependent stays until revoked() drops it. Must not do anything else.
	 */
	void (*pin)(struct grant_dependent *dep);
	/* Undoes it all before it returns, then drops pin's reference. May sleep. */
	void (*revoked)(struct grant_dependent *dep);
};

struct grant_dependent {
	const struct grant_dependent_ops *ops; /* const */
	struct grant *grant;		       /* a reference, from attach to detach */
	struct list_node node;		       /* under the lock of the grant's tree */
};

/*
 * From now until grant_detach(), revocation of the grant will call revoked(),
 * once. The grant is held meanwhile. 0, or -EIO when it is dead: nothing is
 * attached then. Spinlocks of rank OBJECT or before may be held.
 */
MUST_CHECK int grant_attach(struct grant *grant, struct grant_dependent *dep,
			    const struct grant_dependent_ops *ops);

/*
 * To be called once for each attach, in any case, before the dependent's storage
 * is gone. True: revoked() was not and will not be called. False: it has been, or
 * will be, with the pin; also from within it. No spinlock may be held.
 */
bool grant_detach(struct grant_dependent *dep);

/* --- For audit --- */

struct grant_info {
	uint64_t id;	    /* never used again; greater than the parent's */
	uint64_t parent_id; /* 0: a root */
	uint64_t badge;
	uint32_t refs;
	uint32_t depth; /* 0: a root */
	bool is_dead;
	char origin[GRANT_ORIGIN_LEN];
};

void grant_get_info(struct grant *grant, struct grant_info *out);

/*
 * Goes through all grants there are, in order of their ids: the first for NULL,
 * else the one after prev, whose reference it drops. The caller owns a reference
 * to the result. NULL at the end. Grants made or gone meanwhile may be missed.
 */
struct grant *grant_next(struct grant *prev);

/* Grants that exist. */
uint64_t grant_count(void);

#endif
