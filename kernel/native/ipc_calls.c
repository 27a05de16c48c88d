/*
 * Native calls that pass messages. The words are in the frame and stay there; bytes
 * and capabilities are taken from and put into the program's buffer here, in the
 * context of the thread they belong to.
 */
#include "kernel/ipc/endpoint.h"
#include "kernel/ipc/reply.h"
#include "kernel/native/native_impl.h"
#include "kernel/task/job.h"

static_assert(NATIVE_MESSAGE_BYTES == MESSAGE_MAX_LEN, "native_abi.h");
static_assert(NATIVE_MESSAGE_CAPS == MESSAGE_MAX_CAPS, "native_abi.h");

enum {
	ARG_SLOT = 0,
	ARG_INFO = 1,
	ARG_DEADLINE = 6,
	ARG_BUFFER = 7,
};

/* Of a buffer at that address. */
#define BUFFER_CAPS(buffer) user_ptr_add(buffer, offsetof(struct native_buffer, caps))
#define BUFFER_DATA(buffer) user_ptr_add(buffer, offsetof(struct native_buffer, data))

static struct user_ptr buffer_of(const struct trap_frame *frame)
{
	return user_ptr(arch_syscall_arg(frame, ARG_BUFFER));
}

/* A slot that another thread of the process may have closed meanwhile. */
static void close_slot(struct uthread *ut, int64_t slot)
{
	if (slot < 0 || cspace_close(native_caps(ut), (uint32_t)slot))
		return;
}

/* --- Out of user memory --- */

static int export_caps(struct uthread *ut, struct message *message, const struct native_cap *caps,
		       uint32_t count)
{
	int err;

	for (uint32_t i = 0; i < count; i++) {
		err = cap_export(native_caps(ut), caps[i].slot, caps[i].rights, CAP_TRANSFER_COPY,
				 &message->caps[i]);
		if (err)
			return err;
		message->cap_count++;
	}
	return 0;
}

static int read_message(struct uthread *ut, const struct trap_frame *frame, uint64_t info,
			struct message **out)
{
	struct native_cap caps[NATIVE_MESSAGE_CAPS];
	uint32_t len = NATIVE_INFO_LEN(info);
	uint32_t cap_count = NATIVE_INFO_CAPS(info);
	struct user_ptr buffer = buffer_of(frame);
	struct message *message;
	int err;

	err = message_create(job_account(ut->process->job), len, &message);
	if (err)
		return err;
	message->len = len;
	err = copy_from_user(message->data, BUFFER_DATA(buffer), len);
	if (err)
		goto out_destroy;
	err = copy_from_user(caps, BUFFER_CAPS(buffer), cap_count * sizeof(caps[0]));
	if (err)
		goto out_destroy;
	err = export_caps(ut, message, caps, cap_count);
	if (err)
		goto out_destroy;
	*out = message;
	return 0;

out_destroy:
	message_destroy(message);
	return err;
}

enum sends {
	SENDS_NOTHING, /* but room may be offered */
	SENDS_MESSAGE,
};

/* For a call that sends or takes more than words. */
static NOINLINE int begin_long_side(struct uthread *ut, struct trap_frame *frame, enum sends sends,
				    struct message_side *side)
{
	uint64_t info = arch_syscall_arg(frame, ARG_INFO);

	side->accept_len = NATIVE_INFO_ACCEPT_LEN(info);
	side->accept_caps = NATIVE_INFO_ACCEPT_CAPS(info);
	if (side->accept_len > NATIVE_MESSAGE_BYTES || side->accept_caps > NATIVE_MESSAGE_CAPS ||
	    NATIVE_INFO_LEN(info) > NATIVE_MESSAGE_BYTES ||
	    NATIVE_INFO_CAPS(info) > NATIVE_MESSAGE_CAPS)
		return -EINVAL;
	if (sends == SENDS_NOTHING || (NATIVE_INFO_LEN(info) == 0 && NATIVE_INFO_CAPS(info) == 0))
		return 0;
	return read_message(ut, frame, info, &side->message);
}

static ALWAYS_INLINE int begin_side(struct uthread *ut, struct trap_frame *frame, enum sends sends,
				    struct message_side *side)
{
	side->frame = frame;
	side->message = NULL;
	side->accept_len = 0;
	side->accept_caps = 0;
	if (LIKELY(arch_syscall_arg(frame, ARG_INFO) == 0))
		return 0;
	return begin_long_side(ut, frame, sends, side);
}

/* --- Into user memory --- */

static int import_caps(struct uthread *ut, struct user_ptr buffer, struct message *message)
{
	struct native_cap caps[NATIVE_MESSAGE_CAPS];
	uint32_t slots[NATIVE_MESSAGE_CAPS];
	uint32_t count = message->cap_count;
	int err;

	for (uint32_t i = 0; i < count; i++)
		caps[i].rights = message->caps[i].rights;
	err = cap_import(native_caps(ut), message->caps, count, CAP_KEEP_ON_EXEC, slots);
	if (err)
		return err;
	message->cap_count = 0;
	for (uint32_t i = 0; i < count; i++)
		caps[i].slot = slots[i];
	err = copy_to_user(BUFFER_CAPS(buffer), caps, count * sizeof(caps[0]));
	if (!err)
		return 0;
	for (uint32_t i = 0; i < count; i++)
		close_slot(ut, slots[i]);
	return err;
}

static NOINLINE int write_message(struct uthread *ut, struct trap_frame *frame,
				  struct message *message)
{
	struct user_ptr buffer = buffer_of(frame);
	int err = copy_to_user(BUFFER_DATA(buffer), message->data, message->len);

	if (err)
		return err;
	return message->cap_count ? import_caps(ut, buffer, message) : 0;
}

/* What was received goes to the program. */
static ALWAYS_INLINE int end_side(struct uthread *ut, struct message_side *side, uint64_t badge)
{
	struct message *message = side->message;
	uint64_t info = 0;
	int err;

	if (UNLIKELY(message)) {
		info = NATIVE_INFO(message->len, message->cap_count, 0, 0);
		err = write_message(ut, side->frame, message);
		if (err)
			return err;
	}
	arch_syscall_set_message(side->frame, badge, info);
	return 0;
}

/* --- The calls --- */

int64_t native_ep_create(struct uthread *ut, struct user_ptr ends)
{
	struct native_maker maker;
	struct endpoint *ep;
	uint32_t slots[2];
	int64_t receiving, calling;
	int err;

	err = native_maker_begin(ut, &maker);
	if (err)
		return err;
	err = endpoint_create(job_account(maker.job), &ep);
	if (err)
		goto out_end;
	receiving =
		native_install(ut, &maker, endpoint_receiving_end(ep), RIGHT_RECEIVE | RIGHT_POLL);
	calling = native_install(ut, &maker, endpoint_calling_end(ep), RIGHT_CALL);
	slots[0] = (uint32_t)receiving;
	slots[1] = (uint32_t)calling;
	err = receiving < 0 ? (int)receiving : calling < 0 ? (int)calling : 0;
	if (!err)
		err = copy_to_user(ends, slots, sizeof(slots));
	if (err) {
		close_slot(ut, receiving);
		close_slot(ut, calling);
	}
	kobject_put(endpoint_calling_end(ep));
	kobject_put(endpoint_receiving_end(ep));
out_end:
	native_maker_end(&maker);
	return err;
}

/* The registers that all message calls have. */
static int read_registers(const struct trap_frame *frame, uint32_t *slot, ktime_t *deadline)
{
	if (!native_arg_slot(frame, ARG_SLOT, slot))
		return -EBADF;
	return native_arg_time(frame, ARG_DEADLINE, deadline) ? 0 : -EINVAL;
}

int64_t native_ep_call(struct uthread *ut, struct trap_frame *frame)
{
	struct message_side side;
	struct cap_ref ref;
	ktime_t deadline;
	uint32_t slot;
	int err;

	err = read_registers(frame, &slot, &deadline);
	if (err)
		return err;
	err = begin_side(ut, frame, SENDS_MESSAGE, &side);
	if (err)
		return err;
	err = cspace_lookup(native_caps(ut), slot, RIGHT_CALL, &ref);
	if (err)
		goto out_destroy;
	err = endpoint_call(&ref, &side, deadline);
	cspace_lookup_end(&ref);
	if (!err)
		err = end_side(ut, &side, 0);
out_destroy:
	if (UNLIKELY(side.message))
		message_destroy(side.message);
	return err;
}

/* One whose message could not be delivered to the program is not answered. */
static ALWAYS_INLINE int end_receive(struct uthread *ut, struct message_side *side)
{
	int err = end_side(ut, side, side->badge);

	if (err)
		ipc_debt_drop(&ut->debt);
	return err;
}

int64_t native_ep_recv(struct uthread *ut, struct trap_frame *frame)
{
	struct message_side side;
	struct cap_ref ref;
	ktime_t deadline;
	uint32_t slot;
	int err;

	err = read_registers(frame, &slot, &deadline);
	if (err)
		return err;
	err = begin_side(ut, frame, SENDS_NOTHING, &side);
	if (err)
		return err;
	err = cspace_lookup(native_caps(ut), slot, RIGHT_RECEIVE, &ref);
	if (err)
		return err;
	err = endpoint_receive(&ref, &ut->debt, &side, deadline);
	cap_ref_put(&ref);
	if (!err)
		err = end_receive(ut, &side);
	if (UNLIKELY(side.message))
		message_destroy(side.message);
	return err;
}

/* With a reply capability, which is gone unless the answer did not fit. */
static int answer_by_cap(struct uthread *ut, uint32_t slot, struct message_side *side)
{
	struct reply *reply;
	struct cap_ref ref;
	int err;

	err = cspace_lookup(native_caps(ut), slot, RIGHT_WRITE, &ref);
	if (err)
		return err;
	reply = reply_from_kobject(ref.object);
	err = reply ? reply_answer(reply, side) : -EINVAL;
	cap_ref_put(&ref);
	if (reply && err != -EMSGSIZE)
		close_slot(ut, slot);
	return err;
}

int64_t native_ep_reply(struct uthread *ut, struct trap_frame *frame)
{
	struct message_side side;
	ktime_t deadline;
	uint32_t slot;
	int err;

	err = read_registers(frame, &slot, &deadline);
	if (err)
		return err;
	err = begin_side(ut, frame, SENDS_MESSAGE, &side);
	if (err)
		return err;
	err = slot == NATIVE_NO_SLOT ? ipc_answer(&ut->debt, &side)
				     : answer_by_cap(ut, slot, &side);
	message_destroy(side.message);
	return err;
}

int64_t native_ep_reply_recv(struct uthread *ut, struct trap_frame *frame)
{
	struct message_side side;
	struct cap_ref ref;
	ktime_t deadline;
	uint32_t slot;
	int err;

	err = read_registers(frame, &slot, &deadline);
	if (err)
		return err;
	err = begin_side(ut, frame, SENDS_MESSAGE, &side);
	if (err)
		return err;
	err = cspace_lookup(native_caps(ut), slot, RIGHT_RECEIVE, &ref);
	if (err)
		goto out_destroy;
	err = endpoint_answer_and_receive(&ref, &ut->debt, &side, deadline);
	cspace_lookup_end(&ref);
	if (!err)
		err = end_receive(ut, &side);
out_destroy:
	if (UNLIKELY(side.message))
		message_destroy(side.message);
	return err;
}

int64_t native_ep_defer(struct uthread *ut, uint32_t endpoint)
{
	struct reply *reply;
	struct cap_ref ref;
	struct cap cap;
	uint32_t slot;
	int err;

	err = cspace_lookup(native_caps(ut), endpoint, RIGHT_RECEIVE, &ref);
	if (err)
		return err;
	err = cspace_reserve(native_caps(ut), 0, CAP_KEEP_ON_EXEC, &slot);
	if (err)
		goto out_put;
	err = reply_create(job_account(ut->process->job), &ut->debt, &reply);
	if (err) {
		cspace_cancel(native_caps(ut), slot);
		goto out_put;
	}
	cap_init(&cap, reply_kobject(reply), ref.grant, RIGHT_WRITE | RIGHT_TRANSFER | RIGHT_STAT,
		 0);
	cspace_install(native_caps(ut), slot, &cap);
	kobject_put(reply_kobject(reply));
out_put:
	cap_ref_put(&ref);
	return err ? err : (int64_t)slot;
}
