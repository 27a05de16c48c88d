/*
 * Processes: clone(2), wait(2), getrlimit(2), getrusage(2), prctl(2), uname(2),
 * sysinfo(2), sched(7), capabilities(7), arch_prctl(2), getauxval(3), reboot(2).
 */
#ifndef COMPAT_LINUX_UAPI_PROCESS_H
#define COMPAT_LINUX_UAPI_PROCESS_H

#include "compat/linux/uapi/abi.h"
#include "compat/linux/uapi/time.h"

struct linux_rusage {
	struct linux_timeval utime;
	struct linux_timeval stime;
	int64_t maxrss;
	int64_t ixrss;
	int64_t idrss;
	int64_t isrss;
	int64_t minflt;
	int64_t majflt;
	int64_t nswap;
	int64_t inblock;
	int64_t oublock;
	int64_t msgsnd;
	int64_t msgrcv;
	int64_t nsignals;
	int64_t nvcsw;
	int64_t nivcsw;
};

struct linux_rlimit {
	uint64_t cur;
	uint64_t max;
};

struct linux_utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct linux_sysinfo {
	int64_t uptime;
	uint64_t loads[3];
	uint64_t totalram;
	uint64_t freeram;
	uint64_t sharedram;
	uint64_t bufferram;
	uint64_t totalswap;
	uint64_t freeswap;
	uint16_t procs;
	uint16_t pad;
	uint32_t pad0;
	uint64_t totalhigh;
	uint64_t freehigh;
	uint32_t mem_unit;
	uint32_t pad1;
};

struct linux_clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

struct linux_sched_param {
	int32_t priority;
};

struct linux_sched_attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min;
	uint32_t util_max;
};

struct linux_cap_user_header {
	uint32_t version;
	int32_t pid;
};

struct linux_cap_user_data {
	uint32_t effective;
	uint32_t permitted;
	uint32_t inheritable;
};

/* The value of the extended attribute security.capability, little endian. */
struct linux_vfs_ns_cap_data {
	uint32_t magic_etc;
	struct {
		uint32_t permitted;
		uint32_t inheritable;
	} data[2];
	uint32_t rootid;
};

struct linux_rseq {
	uint32_t cpu_id_start;
	uint32_t cpu_id;
	uint64_t rseq_cs;
	uint32_t flags;
	uint32_t pad0[3];
};

struct linux_rseq_cs {
	uint32_t version;
	uint32_t flags;
	uint64_t start_ip;
	uint64_t post_commit_offset;
	uint64_t abort_ip;
};

#define LINUX_CSIGNAL 0x000000ff
#define LINUX_CLONE_VM 0x00000100
#define LINUX_CLONE_FS 0x00000200
#define LINUX_CLONE_FILES 0x00000400
#define LINUX_CLONE_SIGHAND 0x00000800
#define LINUX_CLONE_PIDFD 0x00001000
#define LINUX_CLONE_PTRACE 0x00002000
#define LINUX_CLONE_VFORK 0x00004000
#define LINUX_CLONE_PARENT 0x00008000
#define LINUX_CLONE_THREAD 0x00010000
#define LINUX_CLONE_NEWNS 0x00020000
#define LINUX_CLONE_SYSVSEM 0x00040000
#define LINUX_CLONE_SETTLS 0x00080000
#define LINUX_CLONE_PARENT_SETTID 0x00100000
#define LINUX_CLONE_CHILD_CLEARTID 0x00200000
#define LINUX_CLONE_DETACHED 0x00400000
#define LINUX_CLONE_UNTRACED 0x00800000
#define LINUX_CLONE_CHILD_SETTID 0x01000000
#define LINUX_CLONE_NEWCGROUP 0x02000000
#define LINUX_CLONE_NEWUTS 0x04000000
#define LINUX_CLONE_NEWIPC 0x08000000
#define LINUX_CLONE_NEWUSER 0x10000000
#define LINUX_CLONE_NEWPID 0x20000000
#define LINUX_CLONE_NEWNET 0x40000000
#define LINUX_CLONE_IO 0x80000000
#define LINUX_CLONE_CLEAR_SIGHAND 0x100000000ull
#define LINUX_CLONE_INTO_CGROUP 0x200000000ull
#define LINUX_CLONE_NEWTIME 0x00000080
#define LINUX_CLONE_ARGS_SIZE_VER0 64
#define LINUX_CLONE_ARGS_SIZE_VER1 80
#define LINUX_CLONE_ARGS_SIZE_VER2 88

#define LINUX_WNOHANG 0x00000001
#define LINUX_WUNTRACED 0x00000002
#define LINUX_WSTOPPED 0x00000002
#define LINUX_WEXITED 0x00000004
#define LINUX_WCONTINUED 0x00000008
#define LINUX_WNOWAIT 0x01000000
#define LINUX___WNOTHREAD 0x20000000
#define LINUX___WALL 0x40000000
#define LINUX___WCLONE 0x80000000
#define LINUX_P_ALL 0
#define LINUX_P_PID 1
#define LINUX_P_PGID 2
#define LINUX_P_PIDFD 3
#define LINUX_PIDFD_NONBLOCK 04000

#define LINUX_RLIMIT_CPU 0
#define LINUX_RLIMIT_FSIZE 1
#define LINUX_RLIMIT_DATA 2
#define LINUX_RLIMIT_STACK 3
#define LINUX_RLIMIT_CORE 4
#define LINUX_RLIMIT_RSS 5
#define LINUX_RLIMIT_NPROC 6
#define LINUX_RLIMIT_NOFILE 7
#define LINUX_RLIMIT_MEMLOCK 8
#define LINUX_RLIMIT_AS 9
#define LINUX_RLIMIT_LOCKS 10
#define LINUX_RLIMIT_SIGPENDING 11
#define LINUX_RLIMIT_MSGQUEUE 12
#define LINUX_RLIMIT_NICE 13
#define LINUX_RLIMIT_RTPRIO 14
#define LINUX_RLIMIT_RTTIME 15
#define LINUX_RLIM_NLIMITS 16
#define LINUX_RLIM_INFINITY UINT64_MAX
#define LINUX_RUSAGE_SELF 0
#define LINUX_RUSAGE_CHILDREN (-1)
#define LINUX_RUSAGE_THREAD 1
#define LINUX_PRIO_PROCESS 0
#define LINUX_PRIO_PGRP 1
#define LINUX_PRIO_USER 2
#define LINUX_SCHED_NORMAL 0
#define LINUX_SCHED_FIFO 1
#define LINUX_SCHED_RR 2
#define LINUX_SCHED_BATCH 3
#define LINUX_SCHED_IDLE 5
#define LINUX_SCHED_DEADLINE 6
#define LINUX_SCHED_RESET_ON_FORK 0x40000000
#define LINUX_SCHED_FLAG_RESET_ON_FORK 0x01
#define LINUX_SCHED_FLAG_RECLAIM 0x02
#define LINUX_SCHED_FLAG_DL_OVERRUN 0x04
#define LINUX_SCHED_FLAG_KEEP_POLICY 0x08
#define LINUX_SCHED_FLAG_KEEP_PARAMS 0x10
#define LINUX_SCHED_FLAG_UTIL_CLAMP_MIN 0x20
#define LINUX_SCHED_FLAG_UTIL_CLAMP_MAX 0x40
#define LINUX_SCHED_ATTR_SIZE_VER0 48
#define LINUX_SCHED_ATTR_SIZE_VER1 56

#define LINUX_PR_SET_PDEATHSIG 1
#define LINUX_PR_GET_PDEATHSIG 2
#define LINUX_PR_GET_DUMPABLE 3
#define LINUX_PR_SET_DUMPABLE 4
#define LINUX_PR_GET_KEEPCAPS 7
#define LINUX_PR_SET_KEEPCAPS 8
#define LINUX_PR_GET_TIMING 13
#define LINUX_PR_SET_TIMING 14
#define LINUX_PR_SET_NAME 15
#define LINUX_PR_GET_NAME 16
#define LINUX_PR_GET_SECCOMP 21
#define LINUX_PR_SET_SECCOMP 22
#define LINUX_PR_CAPBSET_READ 23
#define LINUX_PR_CAPBSET_DROP 24
#define LINUX_PR_GET_TSC 25
#define LINUX_PR_SET_TSC 26
#define LINUX_PR_GET_SECUREBITS 27
#define LINUX_PR_SET_SECUREBITS 28
#define LINUX_PR_SET_TIMERSLACK 29
#define LINUX_PR_GET_TIMERSLACK 30
#define LINUX_PR_SET_MM 35
#define LINUX_PR_SET_CHILD_SUBREAPER 36
#define LINUX_PR_GET_CHILD_SUBREAPER 37
#define LINUX_PR_SET_NO_NEW_PRIVS 38
#define LINUX_PR_GET_NO_NEW_PRIVS 39
#define LINUX_PR_GET_TID_ADDRESS 40
#define LINUX_PR_SET_THP_DISABLE 41
#define LINUX_PR_GET_THP_DISABLE 42
#define LINUX_PR_CAP_AMBIENT 47
#define LINUX_PR_CAP_AMBIENT_IS_SET 1
#define LINUX_PR_CAP_AMBIENT_RAISE 2
#define LINUX_PR_CAP_AMBIENT_LOWER 3
#define LINUX_PR_CAP_AMBIENT_CLEAR_ALL 4
#define LINUX_PR_SET_PTRACER 0x59616d61
#define LINUX_PR_SET_VMA 0x53564d41
#define LINUX_PR_SET_VMA_ANON_NAME 0
#define LINUX_ARCH_SET_GS 0x1001
#define LINUX_ARCH_SET_FS 0x1002
#define LINUX_ARCH_GET_FS 0x1003
#define LINUX_ARCH_GET_GS 0x1004
#define LINUX_ARCH_GET_CPUID 0x1011
#define LINUX_ARCH_SET_CPUID 0x1012
#define LINUX_PER_LINUX 0x0000
#define LINUX_ADDR_NO_RANDOMIZE 0x0040000

#define LINUX_CAP_VERSION_1 0x19980330
#define LINUX_CAP_VERSION_2 0x20071026
#define LINUX_CAP_VERSION_3 0x20080522
#define LINUX_CAP_CHOWN 0
#define LINUX_CAP_DAC_OVERRIDE 1
#define LINUX_CAP_DAC_READ_SEARCH 2
#define LINUX_CAP_FOWNER 3
#define LINUX_CAP_FSETID 4
#define LINUX_CAP_KILL 5
#define LINUX_CAP_SETGID 6
#define LINUX_CAP_SETUID 7
#define LINUX_CAP_SETPCAP 8
#define LINUX_CAP_LINUX_IMMUTABLE 9
#define LINUX_CAP_NET_BIND_SERVICE 10
#define LINUX_CAP_NET_BROADCAST 11
#define LINUX_CAP_NET_ADMIN 12
#define LINUX_CAP_NET_RAW 13
#define LINUX_CAP_IPC_LOCK 14
#define LINUX_CAP_IPC_OWNER 15
#define LINUX_CAP_SYS_MODULE 16
#define LINUX_CAP_SYS_RAWIO 17
#define LINUX_CAP_SYS_CHROOT 18
#define LINUX_CAP_SYS_PTRACE 19
#define LINUX_CAP_SYS_PACCT 20
#define LINUX_CAP_SYS_ADMIN 21
#define LINUX_CAP_SYS_BOOT 22
#define LINUX_CAP_SYS_NICE 23
#define LINUX_CAP_SYS_RESOURCE 24
#define LINUX_CAP_SYS_TIME 25
#define LINUX_CAP_SYS_TTY_CONFIG 26
#define LINUX_CAP_MKNOD 27
#define LINUX_CAP_LEASE 28
#define LINUX_CAP_AUDIT_WRITE 29
#define LINUX_CAP_AUDIT_CONTROL 30
#define LINUX_CAP_SETFCAP 31
#define LINUX_CAP_MAC_OVERRIDE 32
#define LINUX_CAP_MAC_ADMIN 33
#define LINUX_CAP_SYSLOG 34
#define LINUX_CAP_WAKE_ALARM 35
#define LINUX_CAP_BLOCK_SUSPEND 36
#define LINUX_CAP_AUDIT_READ 37
#define LINUX_CAP_PERFMON 38
#define LINUX_CAP_BPF 39
#define LINUX_CAP_CHECKPOINT_RESTORE 40
#define LINUX_CAP_LAST_CAP 40
#define LINUX_VFS_CAP_REVISION_2 0x02000000
#define LINUX_VFS_CAP_REVISION_3 0x03000000
#define LINUX_VFS_CAP_FLAGS_EFFECTIVE 0x000001

#define LINUX_RSEQ_FLAG_UNREGISTER 1
#define LINUX_RSEQ_CPU_ID_UNINITIALIZED (-1)
#define LINUX_RSEQ_CPU_ID_REGISTRATION_FAILED (-2)
#define LINUX_GRND_NONBLOCK 1
#define LINUX_GRND_RANDOM 2
#define LINUX_GRND_INSECURE 4

#define LINUX_AT_NULL 0
#define LINUX_AT_EXECFD 2
#define LINUX_AT_PHDR 3
#define LINUX_AT_PHENT 4
#define LINUX_AT_PHNUM 5
#define LINUX_AT_PAGESZ 6
#define LINUX_AT_BASE 7
#define LINUX_AT_FLAGS 8
#define LINUX_AT_ENTRY 9
#define LINUX_AT_UID 11
#define LINUX_AT_EUID 12
#define LINUX_AT_GID 13
#define LINUX_AT_EGID 14
#define LINUX_AT_PLATFORM 15
#define LINUX_AT_HWCAP 16
#define LINUX_AT_CLKTCK 17
#define LINUX_AT_SECURE 23
#define LINUX_AT_RANDOM 25
#define LINUX_AT_HWCAP2 26
#define LINUX_AT_EXECFN 31
#define LINUX_AT_SYSINFO_EHDR 33
#define LINUX_AT_MINSIGSTKSZ 51

#define LINUX_REBOOT_MAGIC1 0xfee1dead
#define LINUX_REBOOT_MAGIC2 672274793
#define LINUX_REBOOT_MAGIC2A 85072278
#define LINUX_REBOOT_MAGIC2B 369367448
#define LINUX_REBOOT_MAGIC2C 537993216
#define LINUX_REBOOT_CMD_RESTART 0x01234567
#define LINUX_REBOOT_CMD_HALT 0xcdef0123
#define LINUX_REBOOT_CMD_CAD_ON 0x89abcdef
#define LINUX_REBOOT_CMD_CAD_OFF 0x00000000
#define LINUX_REBOOT_CMD_POWER_OFF 0x4321fedc
#define LINUX_REBOOT_CMD_RESTART2 0xa1b2c3d4

ABI_SIZE(linux_rusage, 144);
ABI_FIELD(linux_rusage, utime, 0);
ABI_FIELD(linux_rusage, stime, 16);
ABI_FIELD(linux_rusage, maxrss, 32);
ABI_FIELD(linux_rusage, ixrss, 40);
ABI_FIELD(linux_rusage, idrss, 48);
ABI_FIELD(linux_rusage, isrss, 56);
ABI_FIELD(linux_rusage, minflt, 64);
ABI_FIELD(linux_rusage, majflt, 72);
ABI_FIELD(linux_rusage, nswap, 80);
ABI_FIELD(linux_rusage, inblock, 88);
ABI_FIELD(linux_rusage, oublock, 96);
ABI_FIELD(linux_rusage, msgsnd, 104);
ABI_FIELD(linux_rusage, msgrcv, 112);
ABI_FIELD(linux_rusage, nsignals, 120);
ABI_FIELD(linux_rusage, nvcsw, 128);
ABI_FIELD(linux_rusage, nivcsw, 136);
ABI_SIZE(linux_rlimit, 16);
ABI_FIELD(linux_rlimit, cur, 0);
ABI_FIELD(linux_rlimit, max, 8);
ABI_SIZE(linux_utsname, 390);
ABI_FIELD(linux_utsname, sysname, 0);
ABI_FIELD(linux_utsname, nodename, 65);
ABI_FIELD(linux_utsname, release, 130);
ABI_FIELD(linux_utsname, version, 195);
ABI_FIELD(linux_utsname, machine, 260);
ABI_FIELD(linux_utsname, domainname, 325);
ABI_SIZE(linux_sysinfo, 112);
ABI_FIELD(linux_sysinfo, uptime, 0);
ABI_FIELD(linux_sysinfo, loads, 8);
ABI_FIELD(linux_sysinfo, totalram, 32);
ABI_FIELD(linux_sysinfo, freeram, 40);
ABI_FIELD(linux_sysinfo, sharedram, 48);
ABI_FIELD(linux_sysinfo, bufferram, 56);
ABI_FIELD(linux_sysinfo, totalswap, 64);
ABI_FIELD(linux_sysinfo, freeswap, 72);
ABI_FIELD(linux_sysinfo, procs, 80);
ABI_FIELD(linux_sysinfo, totalhigh, 88);
ABI_FIELD(linux_sysinfo, freehigh, 96);
ABI_FIELD(linux_sysinfo, mem_unit, 104);
ABI_SIZE(linux_clone_args, 88);
ABI_FIELD(linux_clone_args, flags, 0);
ABI_FIELD(linux_clone_args, pidfd, 8);
ABI_FIELD(linux_clone_args, child_tid, 16);
ABI_FIELD(linux_clone_args, parent_tid, 24);
ABI_FIELD(linux_clone_args, exit_signal, 32);
ABI_FIELD(linux_clone_args, stack, 40);
ABI_FIELD(linux_clone_args, stack_size, 48);
ABI_FIELD(linux_clone_args, tls, 56);
ABI_FIELD(linux_clone_args, set_tid, 64);
ABI_FIELD(linux_clone_args, set_tid_size, 72);
ABI_FIELD(linux_clone_args, cgroup, 80);
ABI_SIZE(linux_sched_param, 4);
ABI_FIELD(linux_sched_param, priority, 0);
ABI_SIZE(linux_sched_attr, 56);
ABI_FIELD(linux_sched_attr, size, 0);
ABI_FIELD(linux_sched_attr, policy, 4);
ABI_FIELD(linux_sched_attr, flags, 8);
ABI_FIELD(linux_sched_attr, nice, 16);
ABI_FIELD(linux_sched_attr, priority, 20);
ABI_FIELD(linux_sched_attr, runtime, 24);
ABI_FIELD(linux_sched_attr, deadline, 32);
ABI_FIELD(linux_sched_attr, period, 40);
ABI_FIELD(linux_sched_attr, util_min, 48);
ABI_FIELD(linux_sched_attr, util_max, 52);
ABI_SIZE(linux_cap_user_header, 8);
ABI_FIELD(linux_cap_user_header, version, 0);
ABI_FIELD(linux_cap_user_header, pid, 4);
ABI_SIZE(linux_cap_user_data, 12);
ABI_FIELD(linux_cap_user_data, effective, 0);
ABI_FIELD(linux_cap_user_data, permitted, 4);
ABI_FIELD(linux_cap_user_data, inheritable, 8);
ABI_SIZE(linux_vfs_ns_cap_data, 24);
ABI_FIELD(linux_vfs_ns_cap_data, magic_etc, 0);
ABI_FIELD(linux_vfs_ns_cap_data, data, 4);
ABI_FIELD(linux_vfs_ns_cap_data, rootid, 20);
ABI_SIZE(linux_rseq, 32);
ABI_FIELD(linux_rseq, cpu_id_start, 0);
ABI_FIELD(linux_rseq, cpu_id, 4);
ABI_FIELD(linux_rseq, rseq_cs, 8);
ABI_FIELD(linux_rseq, flags, 16);
ABI_SIZE(linux_rseq_cs, 32);
ABI_FIELD(linux_rseq_cs, version, 0);
ABI_FIELD(linux_rseq_cs, flags, 4);
ABI_FIELD(linux_rseq_cs, start_ip, 8);
ABI_FIELD(linux_rseq_cs, post_commit_offset, 16);
ABI_FIELD(linux_rseq_cs, abort_ip, 24);

#endif
