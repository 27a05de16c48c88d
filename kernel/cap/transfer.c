/*
 * Transfer of capabilities between spaces: in one go, or through a message, in
 * which they are in no space for a while.
 *
 * No two spaces are locked at a time. A transfer reserves the slot it goes to
 * first, takes the capability out, and fills the slot, which cannot fail: so a
 * capability that is moved is not lost on the way.
 */
#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"

int cap_export(struct cspace *cs, uint32_t slot, uint32_t mask, enum cap_transfer_mode mode,
	       struct cap *out)
{
	struct cap cap;
	int err;

	/* A dead one is refused; one that dies later arrives dead. */
	if (mode == CAP_TRANSFER_MOVE)
		err = cspace_take(cs, slot, RIGHT_TRANSFER, &cap);
	else
		err = cspace_peek_alive(cs, slot, RIGHT_TRANSFER, &cap);
	if (err)
		return err;
	cap.rights &= mask;
	*out = cap;
	return 0;
}

int cap_import(struct cspace *cs, struct cap *caps, uint32_t count, enum cap_on_exec on_exec,
	       uint32_t *slots_out)
{
	uint32_t reserved;
	int err;

	ASSERT(count <= CAP_IMPORT_MAX);
	for (reserved = 0; reserved < count; reserved++) {
		err = cspace_reserve(cs, 0, on_exec, &slots_out[reserved]);
		if (err)
			goto out_cancel;
	}
	for (uint32_t i = 0; i < count; i++) {
		cspace_install(cs, slots_out[i], &caps[i]);
		caps[i] = (struct cap){0};
	}
	return 0;

out_cancel:
	while (reserved > 0)
		cspace_cancel(cs, slots_out[--reserved]);
	return err;
}

int cap_transfer(struct cspace *from, uint32_t slot, uint32_t mask, enum cap_transfer_mode mode,
		 struct cspace *to, uint32_t *slot_out)
{
	struct cap cap;
	uint32_t target;
	int err;

	err = cspace_reserve(to, 0, CAP_KEEP_ON_EXEC, &target);
	if (err)
		return err;
	err = cap_export(from, slot, mask, mode, &cap);
	if (err) {
		cspace_cancel(to, target);
		return err;
	}
	cspace_install(to, target, &cap);
	*slot_out = target;
	return 0;
}
