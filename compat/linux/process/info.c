/* uname(2), sethostname(2), setdomainname(2), sysinfo(2), getrandom(2), umask(2). */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/fs.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/core/random.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/meminfo.h"

#define NS_PER_S 1000000000ll
#define NAME_MAX_LEN 64
#define RANDOM_STEP 256u

/* --- Names --- */

/* What sethostname(2) and setdomainname(2) set. */
static struct spinlock name_lock = SPINLOCK_INIT(LOCK_LINUX_LIMIT);
static char host_name[NAME_MAX_LEN + 1] GUARDED_BY(&name_lock) = "themelios";
static char domain_name[NAME_MAX_LEN + 1] GUARDED_BY(&name_lock) = "(none)";

int64_t linux_uname(struct lthread *lt UNUSED, struct user_ptr name)
{
	struct linux_utsname uts = {
		.sysname = "Linux",
		.release = "6.1.0-themelios",
		.version = "#1 SMP ThemeliOS " THEMELIOS_VERSION,
		.machine = "x86_64",
	};

	spin_lock(&name_lock);
	memcpy(uts.nodename, host_name, sizeof(host_name));
	memcpy(uts.domainname, domain_name, sizeof(domain_name));
	spin_unlock(&name_lock);
	return copy_to_user(name, &uts, sizeof(uts));
}

static int set_name(struct lthread *lt, char *to, struct user_ptr name, int32_t len)
{
	char copy[NAME_MAX_LEN + 1] = {0};
	int err;

	if (!lcred_has_cap(lt->cred, LINUX_CAP_SYS_ADMIN))
		return -EPERM;
	if (len < 0 || len > NAME_MAX_LEN)
		return -EINVAL;
	err = copy_from_user(copy, name, (size_t)len);
	if (err)
		return err;
	spin_lock(&name_lock);
	memcpy(to, copy, sizeof(copy));
	spin_unlock(&name_lock);
	return 0;
}

int64_t linux_sethostname(struct lthread *lt, struct user_ptr name, int32_t len)
{
	return set_name(lt, host_name, name, len);
}

int64_t linux_setdomainname(struct lthread *lt, struct user_ptr name, int32_t len)
{
	return set_name(lt, domain_name, name, len);
}

/* --- Figures --- */

static uint16_t count_processes(void)
{
	uint32_t count = 0;
	int32_t nr = 0;

	spin_lock(&ltree_lock);
	while (lprocess_next_locked(&nr))
		count++;
	spin_unlock(&ltree_lock);
	return (uint16_t)MIN(count, (uint32_t)UINT16_MAX);
}

int64_t linux_sysinfo(struct lthread *lt UNUSED, struct user_ptr info)
{
	struct linux_sysinfo out = {.mem_unit = 1};
	struct meminfo memory;

	meminfo_read(&memory);
	out.uptime = time_now() / NS_PER_S;
	out.totalram = memory.total * PAGE_SIZE;
	out.freeram = memory.free * PAGE_SIZE;
	out.procs = count_processes();
	return copy_to_user(info, &out, sizeof(out));
}

/* --- Random numbers --- */

/* In steps, for a large buffer: what was given stays given when a signal comes. */
int64_t linux_getrandom(struct lthread *lt, struct user_ptr buf, size_t len, uint32_t flags)
{
	uint8_t bytes[RANDOM_STEP];
	size_t done = 0;
	size_t step;

	if ((flags & ~(uint32_t)(LINUX_GRND_NONBLOCK | LINUX_GRND_RANDOM | LINUX_GRND_INSECURE)) ||
	    (flags & (LINUX_GRND_RANDOM | LINUX_GRND_INSECURE)) ==
		    (LINUX_GRND_RANDOM | LINUX_GRND_INSECURE))
		return -EINVAL;
	len = MIN(len, (size_t)INT32_MAX);
	while (done < len) {
		if (done > 0 && thread_pending_interrupts(lt->ut->thread))
			break;
		step = MIN(len - done, sizeof(bytes));
		random_bytes(bytes, step);
		if (copy_to_user(user_ptr_add(buf, done), bytes, step))
			return done > 0 ? (int64_t)done : -EFAULT;
		done += step;
	}
	memset(bytes, 0, sizeof(bytes));
	return (int64_t)done;
}

int64_t linux_umask(struct lthread *lt, uint32_t mask)
{
	return atomic32_xchg(&lt->process->fs->umask, mask & 0777);
}
