#include "compat/linux/syscall/restart.h"

#include "compat/linux/syscall/syscall_numbers.h"
#include "kernel/arch/user.h"

enum restart_action restart_decide(int64_t result, enum restart_signal signal)
{
	bool has_handler = signal != RESTART_SIGNAL_NONE;

	switch (result) {
	case -RESTART_IF_ASKED:
		return signal == RESTART_SIGNAL_HANDLER ? RESTART_EINTR : RESTART_AGAIN;
	case -RESTART_ALWAYS:
		return RESTART_AGAIN;
	case -RESTART_WITHOUT_HANDLER:
		return has_handler ? RESTART_EINTR : RESTART_AGAIN;
	case -RESTART_BY_BLOCK:
		return has_handler ? RESTART_EINTR : RESTART_BLOCK;
	default:
		return RESTART_KEEP;
	}
}

enum restart_action restart_apply(struct trap_frame *frame, uint32_t number, int64_t result,
				  enum restart_signal signal)
{
	enum restart_action action = restart_decide(result, signal);

	switch (action) {
	case RESTART_EINTR:
		arch_syscall_set_result(frame, -EINTR);
		break;
	case RESTART_AGAIN:
		arch_syscall_restart(frame, number);
		break;
	case RESTART_BLOCK:
		arch_syscall_restart(frame, LINUX_NR_RESTART_SYSCALL);
		break;
	default:
		break;
	}
	return action;
}

void restart_block_init(struct restart_block *block)
{
	*block = (struct restart_block){0};
}

int64_t restart_block_run(struct lthread *lt, struct restart_block *block)
{
	int64_t (*again)(struct lthread * lt, struct restart_block * block) = block->again;

	/* Once: a program that calls restart_syscall by itself finds nothing. */
	block->again = NULL;
	return again ? again(lt, block) : -EINTR;
}
