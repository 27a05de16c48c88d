/* What the tests of capabilities share: objects that count, and short ways to make things. */
#ifndef TESTS_UNIT_CAP_WORLD_H
#define TESTS_UNIT_CAP_WORLD_H

#include "kernel/cap/cap.h"
#include "kernel/cap/cspace.h"
#include "kernel/cap/kobject.h"

/* Thing: an object of type FILE without content. */
struct thing {
	struct kobject obj;
};

/* Things that exist. */
extern uint32_t things;

/* One reference, the caller's. */
struct kobject *make_thing(void);

struct grant *make_root(void);
struct grant *make_child(struct grant *parent);
struct cspace *make_space(uint32_t limit);

/* A capability to a new thing: nobody else has references to the thing. */
struct cap make_cap(struct grant *grant, uint32_t rights, uint32_t flags);

/* Puts a capability to a new thing into the lowest free slot, which it returns. */
uint32_t add_thing(struct cspace *cs, struct grant *grant, uint32_t rights, uint32_t flags);

/* What a look-up gives; a use that begins is ended at once. */
int try_use(struct cspace *cs, uint32_t slot, uint32_t needed);

struct cap_info info_of(struct cspace *cs, uint32_t slot);

/* Nothing of any kind is left. */
void check_all_gone(void);

#endif
