/*
 * Mount name space: a tree of mounts of its own. A kernel object (of type MOUNTS):
 * the right CONFIGURE is what mount(2) needs.
 */
#ifndef KERNEL_VFS_MOUNTNS_H
#define KERNEL_VFS_MOUNTNS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/vfs/path.h"

struct kobject;
struct mem_account;
struct mount;
struct mountns;
struct poll_table;

/* Mounts that one may have. */
#define MOUNTNS_MAX 100000u

/*
 * A name space whose root is a detached mount. Takes over the reference to root, on
 * success only. On success the caller owns one reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int mountns_create(struct mount *root, struct mem_account *account,
			      struct mountns **out);

/*
 * A copy: the same mounts, peers of the old ones where those are shared. Each path of
 * fix (their references change hands) that lies in the old one is moved to the same
 * place in the new. 0, -ENOMEM, -ENOSPC; then nothing is changed.
 */
MUST_CHECK int mountns_clone(struct mountns *from, struct mem_account *account, struct path *fix,
			     uint32_t fix_count, struct mountns **out);

void mountns_get(struct mountns *ns);
/* The last put takes its mounts apart. Sleeps. */
void mountns_put(struct mountns *ns);

struct kobject *mountns_kobject(struct mountns *ns);
/* NULL when it is an object of another type. */
struct mountns *mountns_from_kobject(struct kobject *obj);

/* A number that is never used again. */
uint64_t mountns_id(const struct mountns *ns);

/* The root directory: what is mounted on top of its root mount. With references. */
void mountns_root(struct mountns *ns, struct path *out);

/* Whether the path's mount is one of the name space. */
bool mountns_has(struct mountns *ns, const struct path *path);

/*
 * Calls fn for each mount, oldest first, until it returns false. Trees stand still
 * meanwhile: fn must not change one, and should be quick. For /proc/self/mountinfo.
 */
void mountns_for_each(struct mountns *ns, bool (*fn)(struct mount *mount, void *ctx), void *ctx);

/* Counts changes of the tree. poll: readiness when it is not seen any more. */
uint64_t mountns_events(struct mountns *ns);
uint32_t mountns_poll(struct mountns *ns, uint64_t seen, struct poll_table *table);

#endif
