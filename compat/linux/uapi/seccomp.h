/* Filters of system calls: seccomp(2), and the classic BPF they are written in. */
#ifndef COMPAT_LINUX_UAPI_SECCOMP_H
#define COMPAT_LINUX_UAPI_SECCOMP_H

#include "compat/linux/uapi/abi.h"

struct linux_seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

struct linux_sock_filter {
	uint16_t code;
	uint8_t jt;
	uint8_t jf;
	uint32_t k;
};

struct linux_sock_fprog {
	uint16_t len;
	uint16_t pad0;
	uint32_t pad1;
	linux_addr_t filter;
};

struct linux_seccomp_notif_sizes {
	uint16_t notif;
	uint16_t notif_resp;
	uint16_t data;
};

#define LINUX_AUDIT_ARCH_X86_64 0xc000003e
#define LINUX_SECCOMP_MODE_DISABLED 0
#define LINUX_SECCOMP_MODE_STRICT 1
#define LINUX_SECCOMP_MODE_FILTER 2
#define LINUX_SECCOMP_SET_MODE_STRICT 0
#define LINUX_SECCOMP_SET_MODE_FILTER 1
#define LINUX_SECCOMP_GET_ACTION_AVAIL 2
#define LINUX_SECCOMP_GET_NOTIF_SIZES 3
#define LINUX_SECCOMP_FILTER_FLAG_TSYNC 0x01
#define LINUX_SECCOMP_FILTER_FLAG_LOG 0x02
#define LINUX_SECCOMP_FILTER_FLAG_SPEC_ALLOW 0x04
#define LINUX_SECCOMP_FILTER_FLAG_NEW_LISTENER 0x08
#define LINUX_SECCOMP_FILTER_FLAG_TSYNC_ESRCH 0x10
#define LINUX_SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV 0x20
#define LINUX_SECCOMP_RET_KILL_PROCESS 0x80000000u
#define LINUX_SECCOMP_RET_KILL_THREAD 0x00000000u
#define LINUX_SECCOMP_RET_TRAP 0x00030000u
#define LINUX_SECCOMP_RET_ERRNO 0x00050000u
#define LINUX_SECCOMP_RET_USER_NOTIF 0x7fc00000u
#define LINUX_SECCOMP_RET_TRACE 0x7ff00000u
#define LINUX_SECCOMP_RET_LOG 0x7ffc0000u
#define LINUX_SECCOMP_RET_ALLOW 0x7fff0000u
#define LINUX_SECCOMP_RET_ACTION_FULL 0xffff0000u
#define LINUX_SECCOMP_RET_DATA 0x0000ffffu

#define LINUX_BPF_MAXINSNS 4096
#define LINUX_BPF_MEMWORDS 16
#define LINUX_BPF_LD 0x00
#define LINUX_BPF_LDX 0x01
#define LINUX_BPF_ST 0x02
#define LINUX_BPF_STX 0x03
#define LINUX_BPF_ALU 0x04
#define LINUX_BPF_JMP 0x05
#define LINUX_BPF_RET 0x06
#define LINUX_BPF_MISC 0x07
#define LINUX_BPF_W 0x00
#define LINUX_BPF_H 0x08
#define LINUX_BPF_B 0x10
#define LINUX_BPF_IMM 0x00
#define LINUX_BPF_ABS 0x20
#define LINUX_BPF_IND 0x40
#define LINUX_BPF_MEM 0x60
#define LINUX_BPF_LEN 0x80
#define LINUX_BPF_MSH 0xa0
#define LINUX_BPF_ADD 0x00
#define LINUX_BPF_SUB 0x10
#define LINUX_BPF_MUL 0x20
#define LINUX_BPF_DIV 0x30
#define LINUX_BPF_OR 0x40
#define LINUX_BPF_AND 0x50
#define LINUX_BPF_LSH 0x60
#define LINUX_BPF_RSH 0x70
#define LINUX_BPF_NEG 0x80
#define LINUX_BPF_MOD 0x90
#define LINUX_BPF_XOR 0xa0
#define LINUX_BPF_JA 0x00
#define LINUX_BPF_JEQ 0x10
#define LINUX_BPF_JGT 0x20
#define LINUX_BPF_JGE 0x30
#define LINUX_BPF_JSET 0x40
#define LINUX_BPF_K 0x00
#define LINUX_BPF_X 0x08
#define LINUX_BPF_A 0x10
#define LINUX_BPF_TAX 0x00
#define LINUX_BPF_TXA 0x80

ABI_SIZE(linux_seccomp_data, 64);
ABI_FIELD(linux_seccomp_data, nr, 0);
ABI_FIELD(linux_seccomp_data, arch, 4);
ABI_FIELD(linux_seccomp_data, instruction_pointer, 8);
ABI_FIELD(linux_seccomp_data, args, 16);
ABI_SIZE(linux_sock_filter, 8);
ABI_FIELD(linux_sock_filter, code, 0);
ABI_FIELD(linux_sock_filter, jt, 2);
ABI_FIELD(linux_sock_filter, jf, 3);
ABI_FIELD(linux_sock_filter, k, 4);
ABI_SIZE(linux_sock_fprog, 16);
ABI_FIELD(linux_sock_fprog, len, 0);
ABI_FIELD(linux_sock_fprog, filter, 8);
ABI_SIZE(linux_seccomp_notif_sizes, 6);
ABI_FIELD(linux_seccomp_notif_sizes, notif, 0);
ABI_FIELD(linux_seccomp_notif_sizes, notif_resp, 2);
ABI_FIELD(linux_seccomp_notif_sizes, data, 4);

#endif
