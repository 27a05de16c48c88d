/* Futexes: futex(2), set_robust_list(2), futex_waitv(2). */
#ifndef COMPAT_LINUX_UAPI_FUTEX_H
#define COMPAT_LINUX_UAPI_FUTEX_H

#include "compat/linux/uapi/abi.h"

struct linux_robust_list {
	linux_addr_t next;
};

struct linux_robust_list_head {
	struct linux_robust_list list;
	int64_t futex_offset;
	linux_addr_t list_op_pending;
};

struct linux_futex_waitv {
	uint64_t val;
	uint64_t uaddr;
	uint32_t flags;
	uint32_t pad0;
};

#define LINUX_FUTEX_WAIT 0
#define LINUX_FUTEX_WAKE 1
#define LINUX_FUTEX_FD 2
#define LINUX_FUTEX_REQUEUE 3
#define LINUX_FUTEX_CMP_REQUEUE 4
#define LINUX_FUTEX_WAKE_OP 5
#define LINUX_FUTEX_LOCK_PI 6
#define LINUX_FUTEX_UNLOCK_PI 7
#define LINUX_FUTEX_TRYLOCK_PI 8
#define LINUX_FUTEX_WAIT_BITSET 9
#define LINUX_FUTEX_WAKE_BITSET 10
#define LINUX_FUTEX_WAIT_REQUEUE_PI 11
#define LINUX_FUTEX_CMP_REQUEUE_PI 12
#define LINUX_FUTEX_LOCK_PI2 13
#define LINUX_FUTEX_PRIVATE_FLAG 128
#define LINUX_FUTEX_CLOCK_REALTIME 256
#define LINUX_FUTEX_CMD_MASK (~(128 | 256))
#define LINUX_FUTEX_BITSET_MATCH_ANY 0xffffffff
#define LINUX_FUTEX_WAITERS 0x80000000
#define LINUX_FUTEX_OWNER_DIED 0x40000000
#define LINUX_FUTEX_TID_MASK 0x3fffffff
#define LINUX_FUTEX_OP_SET 0
#define LINUX_FUTEX_OP_ADD 1
#define LINUX_FUTEX_OP_OR 2
#define LINUX_FUTEX_OP_ANDN 3
#define LINUX_FUTEX_OP_XOR 4
#define LINUX_FUTEX_OP_OPARG_SHIFT 8
#define LINUX_FUTEX_OP_CMP_EQ 0
#define LINUX_FUTEX_OP_CMP_NE 1
#define LINUX_FUTEX_OP_CMP_LT 2
#define LINUX_FUTEX_OP_CMP_LE 3
#define LINUX_FUTEX_OP_CMP_GT 4
#define LINUX_FUTEX_OP_CMP_GE 5
#define LINUX_FUTEX_32 2
#define LINUX_FUTEX_WAITV_MAX 128
#define LINUX_ROBUST_LIST_LIMIT 2048

ABI_SIZE(linux_robust_list, 8);
ABI_FIELD(linux_robust_list, next, 0);
ABI_SIZE(linux_robust_list_head, 24);
ABI_FIELD(linux_robust_list_head, list, 0);
ABI_FIELD(linux_robust_list_head, futex_offset, 8);
ABI_FIELD(linux_robust_list_head, list_op_pending, 16);
ABI_SIZE(linux_futex_waitv, 24);
ABI_FIELD(linux_futex_waitv, val, 0);
ABI_FIELD(linux_futex_waitv, uaddr, 8);
ABI_FIELD(linux_futex_waitv, flags, 16);

#endif
