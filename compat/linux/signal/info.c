#include "compat/linux/signal/info.h"

#include "kernel/lib/string.h"

enum signal_default signal_default_action(uint32_t sig)
{
	switch (sig) {
	case LINUX_SIGQUIT:
	case LINUX_SIGILL:
	case LINUX_SIGTRAP:
	case LINUX_SIGABRT:
	case LINUX_SIGBUS:
	case LINUX_SIGFPE:
	case LINUX_SIGSEGV:
	case LINUX_SIGXCPU:
	case LINUX_SIGXFSZ:
	case LINUX_SIGSYS:
		return SIGNAL_DEFAULT_CORE;
	case LINUX_SIGCHLD:
	case LINUX_SIGURG:
	case LINUX_SIGWINCH:
		return SIGNAL_DEFAULT_IGNORE;
	case LINUX_SIGSTOP:
	case LINUX_SIGTSTP:
	case LINUX_SIGTTIN:
	case LINUX_SIGTTOU:
		return SIGNAL_DEFAULT_STOP;
	case LINUX_SIGCONT:
		return SIGNAL_DEFAULT_CONTINUE;
	default:
		return SIGNAL_DEFAULT_END;
	}
}

/* The codes that the kernel gives to one signal, from 1 on, and the form they have. */
struct code_range {
	int32_t sig;
	int32_t last_code;
	enum signal_form form;
};

static const struct code_range ranges[] = {
	{LINUX_SIGILL, 11, SIGNAL_FORM_FAULT},
	{LINUX_SIGFPE, 15, SIGNAL_FORM_FAULT},
	{LINUX_SIGSEGV, 10, SIGNAL_FORM_FAULT},
	{LINUX_SIGBUS, 5, SIGNAL_FORM_FAULT},
	{LINUX_SIGTRAP, 6, SIGNAL_FORM_FAULT},
	{LINUX_SIGCHLD, LINUX_CLD_CONTINUED, SIGNAL_FORM_CHILD},
	{LINUX_SIGIO, LINUX_POLL_HUP, SIGNAL_FORM_POLL},
	{LINUX_SIGSYS, 2, SIGNAL_FORM_SYS},
};

static enum signal_form form_of_positive(int32_t sig, int32_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (ranges[i].sig == sig && code <= ranges[i].last_code)
			return ranges[i].form;
	/* fcntl(F_SETSIG): another signal in the place of SIGIO. */
	return code <= LINUX_POLL_HUP ? SIGNAL_FORM_POLL : SIGNAL_FORM_KILL;
}

enum signal_form signal_form_of(int32_t sig, int32_t code)
{
	if (code > LINUX_SI_USER && code < LINUX_SI_KERNEL)
		return form_of_positive(sig, code);
	if (code == LINUX_SI_TIMER)
		return SIGNAL_FORM_TIMER;
	if (code == LINUX_SI_SIGIO)
		return SIGNAL_FORM_POLL;
	return code < 0 ? SIGNAL_FORM_RT : SIGNAL_FORM_KILL;
}

static void info_begin(struct linux_siginfo *info, uint32_t sig, int32_t code)
{
	/* It goes to programs whole: no byte of it may be left as it was. */
	memset(info, 0, sizeof(*info));
	info->signo = (int32_t)sig;
	info->code = code;
}

void signal_info_kill(struct linux_siginfo *info, uint32_t sig, int32_t code, int32_t pid,
		      uint32_t uid)
{
	info_begin(info, sig, code);
	info->kill.pid = pid;
	info->kill.uid = uid;
}

void signal_info_fault(struct linux_siginfo *info, uint32_t sig, int32_t code, uint64_t addr)
{
	info_begin(info, sig, code);
	info->fault.addr = addr;
}

void signal_info_child(struct linux_siginfo *info, int32_t code, int32_t pid, uint32_t uid,
		       int32_t status)
{
	info_begin(info, LINUX_SIGCHLD, code);
	info->child.pid = pid;
	info->child.uid = uid;
	info->child.status = status;
}

void signal_info_timer(struct linux_siginfo *info, uint32_t sig, int32_t id,
		       union linux_sigval value)
{
	info_begin(info, sig, LINUX_SI_TIMER);
	info->timer.id = id;
	info->timer.value = value;
}

static void add_value(struct linux_signalfd_siginfo *out, union linux_sigval value)
{
	out->sival_int = value.sival_int;
	out->sival_ptr = value.sival_ptr;
}

void signal_info_to_signalfd(const struct linux_siginfo *info, struct linux_signalfd_siginfo *out)
{
	memset(out, 0, sizeof(*out));
	out->signo = (uint32_t)info->signo;
	out->err = info->err;
	out->code = info->code;
	switch (signal_form_of(info->signo, info->code)) {
	case SIGNAL_FORM_KILL:
		out->pid = (uint32_t)info->kill.pid;
		out->uid = info->kill.uid;
		break;
	case SIGNAL_FORM_TIMER:
		out->tid = (uint32_t)info->timer.id;
		out->overrun = (uint32_t)info->timer.overrun;
		add_value(out, info->timer.value);
		break;
	case SIGNAL_FORM_RT:
		out->pid = (uint32_t)info->rt.pid;
		out->uid = info->rt.uid;
		add_value(out, info->rt.value);
		break;
	case SIGNAL_FORM_CHILD:
		out->pid = (uint32_t)info->child.pid;
		out->uid = info->child.uid;
		out->status = info->child.status;
		out->utime = (uint64_t)info->child.utime;
		out->stime = (uint64_t)info->child.stime;
		break;
	case SIGNAL_FORM_FAULT:
		out->addr = info->fault.addr;
		out->addr_lsb = (uint16_t)info->fault.addr_lsb;
		break;
	case SIGNAL_FORM_POLL:
		out->band = (uint32_t)info->poll.band;
		out->fd = info->poll.fd;
		break;
	case SIGNAL_FORM_SYS:
		out->call_addr = info->sys.call_addr;
		out->syscall = info->sys.nr;
		out->arch = info->sys.arch;
		break;
	}
}
