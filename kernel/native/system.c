#include "kernel/native/system.h"

#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/random.h"
#include "kernel/core/time.h"
#include "kernel/native/native_impl.h"

/* Of a line that log_write gives to the log; the log adds who wrote it. */
#define LOG_TEXT_MAX 400u
/* Bytes that console_write and entropy_get pass at once. */
#define CHUNK 512u
#define CONSOLE_MAX 65536u
#define ENTROPY_MAX 65536u

/* They are part of the kernel: the first reference is never put. */
static void never_destroyed(struct kobject *obj UNUSED)
{
	panic("native: an object of the machine lost its last reference");
}

#define SYSTEM_OBJECT(id)                                                                          \
	static const struct kobject_type id##_type = {                                             \
		KOBJECT_TYPE(id, struct kobject),                                                  \
		.destroy = never_destroyed,                                                        \
	};                                                                                         \
	static struct kobject id##_object = {.type = &id##_type, .refs = REFCOUNT_INIT}

SYSTEM_OBJECT(CLOCK);
SYSTEM_OBJECT(POWER);
SYSTEM_OBJECT(CONSOLE);
SYSTEM_OBJECT(KLOG);
SYSTEM_OBJECT(ENTROPY);

static const struct system_hooks *system_hooks AFTER_BOOT_CONST;

void system_init(const struct system_hooks *hooks)
{
	system_hooks = hooks;
}

struct kobject *system_object(uint32_t authority_slot)
{
	switch (authority_slot) {
	case AUTHORITY_CLOCK:
		return &CLOCK_object;
	case AUTHORITY_POWER:
		return &POWER_object;
	case AUTHORITY_CONSOLE:
		return &CONSOLE_object;
	case AUTHORITY_KLOG:
		return &KLOG_object;
	case AUTHORITY_ENTROPY:
		return &ENTROPY_object;
	default:
		return NULL;
	}
}

/* Begins the use of one of them by way of the caller's authority. */
static int use(struct uthread *ut, enum authority_slot slot, uint32_t rights, struct cap_ref *ref)
{
	int err = authority_lookup(ut->process->authority, slot, rights, ref);

	if (err)
		return err;
	if (ref->object == system_object(slot))
		return 0;
	cap_ref_put(ref);
	return -EPERM;
}

int64_t native_clock_get(struct uthread *ut, uint32_t clock)
{
	struct cap_ref ref;
	int64_t now;
	int err;

	if (clock == NATIVE_CLOCK_BOOT)
		return time_now();
	if (clock != NATIVE_CLOCK_WALL)
		return -EINVAL;
	err = use(ut, AUTHORITY_CLOCK, RIGHT_READ, &ref);
	if (err)
		return err;
	now = time_wall_ns();
	cap_ref_put(&ref);
	return now;
}

int64_t native_sleep(struct uthread *ut UNUSED, ktime_t deadline)
{
	int err;

	do {
		err = thread_sleep_until(deadline);
		if (err)
			thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
	} while (native_must_retry(err));
	return err;
}

/* Control characters could pass for lines of the kernel's own. */
static void make_printable(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	}
}

int64_t native_log_write(struct uthread *ut, struct user_ptr text, uint32_t len)
{
	char line[LOG_TEXT_MAX + 1];
	struct cap_ref ref;
	int err;

	if (len > LOG_TEXT_MAX)
		return -EMSGSIZE;
	err = use(ut, AUTHORITY_KLOG, RIGHT_WRITE, &ref);
	if (err)
		return err;
	err = copy_from_user(line, text, len);
	if (!err) {
		make_printable(line, len);
		line[len] = '\0';
		log_info("%s[%lu]: %s", ut->process->name, ut->process->id, line);
	}
	cap_ref_put(&ref);
	return err;
}

int64_t native_console_write(struct uthread *ut, struct user_ptr bytes, uint32_t len)
{
	uint32_t total = MIN(len, CONSOLE_MAX);
	char chunk[CHUNK];
	struct cap_ref ref;
	uint32_t done = 0;
	uint32_t n;
	int err;

	err = use(ut, AUTHORITY_CONSOLE, RIGHT_WRITE, &ref);
	if (err)
		return err;
	while (done < total && !thread_pending_interrupts(thread_current())) {
		n = MIN(total - done, CHUNK);
		err = copy_from_user(chunk, user_ptr_add(bytes, done), n);
		if (err)
			break;
		system_hooks->console_write(chunk, n);
		done += n;
	}
	cap_ref_put(&ref);
	return done ? (int64_t)done : err;
}

int64_t native_entropy_get(struct uthread *ut, struct user_ptr bytes, uint32_t len)
{
	uint8_t chunk[CHUNK];
	struct cap_ref ref;
	uint32_t n;
	int err;

	if (len > ENTROPY_MAX)
		return -EINVAL;
	err = use(ut, AUTHORITY_ENTROPY, RIGHT_READ, &ref);
	if (err)
		return err;
	for (uint32_t done = 0; done < len && !err; done += n) {
		n = MIN(len - done, CHUNK);
		random_bytes(chunk, n);
		err = copy_to_user(user_ptr_add(bytes, done), chunk, n);
	}
	cap_ref_put(&ref);
	return err;
}

int64_t native_power(struct uthread *ut, uint32_t action, int32_t status)
{
	struct cap_ref ref;
	int err;

	if (action != NATIVE_POWER_OFF && action != NATIVE_POWER_RESTART)
		return -EINVAL;
	err = use(ut, AUTHORITY_POWER, RIGHT_CONTROL, &ref);
	if (err)
		return err;
	cap_ref_put(&ref);
	if (action == NATIVE_POWER_OFF)
		system_hooks->power_off(status);
	else
		system_hooks->restart();
	return -EIO;
}
