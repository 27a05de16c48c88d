/* System V IPC and POSIX message queues: sysvipc(7), mq_overview(7). */
#ifndef COMPAT_LINUX_UAPI_IPC_H
#define COMPAT_LINUX_UAPI_IPC_H

#include "compat/linux/uapi/abi.h"

struct linux_ipc64_perm {
	int32_t key;
	uint32_t uid;
	uint32_t gid;
	uint32_t cuid;
	uint32_t cgid;
	uint32_t mode;
	uint16_t seq;
	uint16_t pad0;
	uint32_t pad1;
	uint64_t pad2[2];
};

struct linux_semid64_ds {
	struct linux_ipc64_perm perm;
	int64_t otime;
	uint64_t pad0;
	int64_t ctime;
	uint64_t pad1;
	uint64_t nsems;
	uint64_t pad2[2];
};

struct linux_sembuf {
	uint16_t num;
	int16_t op;
	int16_t flg;
};

struct linux_seminfo {
	int32_t semmap;
	int32_t semmni;
	int32_t semmns;
	int32_t semmnu;
	int32_t semmsl;
	int32_t semopm;
	int32_t semume;
	int32_t semusz;
	int32_t semvmx;
	int32_t semaem;
};

struct linux_msqid64_ds {
	struct linux_ipc64_perm perm;
	int64_t stime;
	int64_t rtime;
	int64_t ctime;
	uint64_t cbytes;
	uint64_t qnum;
	uint64_t qbytes;
	int32_t lspid;
	int32_t lrpid;
	uint64_t pad0[2];
};

struct linux_msginfo {
	int32_t msgpool;
	int32_t msgmap;
	int32_t msgmax;
	int32_t msgmnb;
	int32_t msgmni;
	int32_t msgssz;
	int32_t msgtql;
	uint16_t msgseg;
	uint16_t pad0;
};

struct linux_shmid64_ds {
	struct linux_ipc64_perm perm;
	uint64_t segsz;
	int64_t atime;
	int64_t dtime;
	int64_t ctime;
	int32_t cpid;
	int32_t lpid;
	uint64_t nattch;
	uint64_t pad0[2];
};

struct linux_shminfo64 {
	uint64_t shmmax;
	uint64_t shmmin;
	uint64_t shmmni;
	uint64_t shmseg;
	uint64_t shmall;
	uint64_t pad0[4];
};

struct linux_shm_info {
	int32_t used_ids;
	uint32_t pad0;
	uint64_t tot;
	uint64_t rss;
	uint64_t swp;
	uint64_t swap_attempts;
	uint64_t swap_successes;
};

struct linux_mq_attr {
	int64_t flags;
	int64_t maxmsg;
	int64_t msgsize;
	int64_t curmsgs;
	int64_t pad0[4];
};

#define LINUX_IPC_CREAT 00001000
#define LINUX_IPC_EXCL 00002000
#define LINUX_IPC_NOWAIT 00004000
#define LINUX_IPC_RMID 0
#define LINUX_IPC_SET 1
#define LINUX_IPC_STAT 2
#define LINUX_IPC_INFO 3
#define LINUX_IPC_PRIVATE 0
#define LINUX_SEM_UNDO 0x1000
#define LINUX_GETPID 11
#define LINUX_GETVAL 12
#define LINUX_GETALL 13
#define LINUX_GETNCNT 14
#define LINUX_GETZCNT 15
#define LINUX_SETVAL 16
#define LINUX_SETALL 17
#define LINUX_SEM_STAT 18
#define LINUX_SEM_INFO 19
#define LINUX_SEM_STAT_ANY 20
#define LINUX_MSG_STAT 11
#define LINUX_MSG_INFO 12
#define LINUX_MSG_STAT_ANY 13
#define LINUX_MSG_NOERROR 010000
#define LINUX_MSG_EXCEPT 020000
#define LINUX_MSG_COPY 040000
#define LINUX_SHM_LOCK 11
#define LINUX_SHM_UNLOCK 12
#define LINUX_SHM_STAT 13
#define LINUX_SHM_INFO 14
#define LINUX_SHM_STAT_ANY 15
#define LINUX_SHM_RDONLY 010000
#define LINUX_SHM_RND 020000
#define LINUX_SHM_REMAP 040000
#define LINUX_SHM_EXEC 0100000
#define LINUX_SHM_HUGETLB 04000
#define LINUX_SHM_NORESERVE 010000
#define LINUX_MQ_PRIO_MAX 32768

ABI_SIZE(linux_ipc64_perm, 48);
ABI_FIELD(linux_ipc64_perm, key, 0);
ABI_FIELD(linux_ipc64_perm, uid, 4);
ABI_FIELD(linux_ipc64_perm, gid, 8);
ABI_FIELD(linux_ipc64_perm, cuid, 12);
ABI_FIELD(linux_ipc64_perm, cgid, 16);
ABI_FIELD(linux_ipc64_perm, mode, 20);
ABI_FIELD(linux_ipc64_perm, seq, 24);
ABI_SIZE(linux_semid64_ds, 104);
ABI_FIELD(linux_semid64_ds, perm, 0);
ABI_FIELD(linux_semid64_ds, otime, 48);
ABI_FIELD(linux_semid64_ds, ctime, 64);
ABI_FIELD(linux_semid64_ds, nsems, 80);
ABI_SIZE(linux_sembuf, 6);
ABI_FIELD(linux_sembuf, num, 0);
ABI_FIELD(linux_sembuf, op, 2);
ABI_FIELD(linux_sembuf, flg, 4);
ABI_SIZE(linux_seminfo, 40);
ABI_FIELD(linux_seminfo, semmap, 0);
ABI_FIELD(linux_seminfo, semmni, 4);
ABI_FIELD(linux_seminfo, semmns, 8);
ABI_FIELD(linux_seminfo, semmnu, 12);
ABI_FIELD(linux_seminfo, semmsl, 16);
ABI_FIELD(linux_seminfo, semopm, 20);
ABI_FIELD(linux_seminfo, semume, 24);
ABI_FIELD(linux_seminfo, semusz, 28);
ABI_FIELD(linux_seminfo, semvmx, 32);
ABI_FIELD(linux_seminfo, semaem, 36);
ABI_SIZE(linux_msqid64_ds, 120);
ABI_FIELD(linux_msqid64_ds, perm, 0);
ABI_FIELD(linux_msqid64_ds, stime, 48);
ABI_FIELD(linux_msqid64_ds, rtime, 56);
ABI_FIELD(linux_msqid64_ds, ctime, 64);
ABI_FIELD(linux_msqid64_ds, cbytes, 72);
ABI_FIELD(linux_msqid64_ds, qnum, 80);
ABI_FIELD(linux_msqid64_ds, qbytes, 88);
ABI_FIELD(linux_msqid64_ds, lspid, 96);
ABI_FIELD(linux_msqid64_ds, lrpid, 100);
ABI_SIZE(linux_msginfo, 32);
ABI_FIELD(linux_msginfo, msgpool, 0);
ABI_FIELD(linux_msginfo, msgmap, 4);
ABI_FIELD(linux_msginfo, msgmax, 8);
ABI_FIELD(linux_msginfo, msgmnb, 12);
ABI_FIELD(linux_msginfo, msgmni, 16);
ABI_FIELD(linux_msginfo, msgssz, 20);
ABI_FIELD(linux_msginfo, msgtql, 24);
ABI_FIELD(linux_msginfo, msgseg, 28);
ABI_SIZE(linux_shmid64_ds, 112);
ABI_FIELD(linux_shmid64_ds, perm, 0);
ABI_FIELD(linux_shmid64_ds, segsz, 48);
ABI_FIELD(linux_shmid64_ds, atime, 56);
ABI_FIELD(linux_shmid64_ds, dtime, 64);
ABI_FIELD(linux_shmid64_ds, ctime, 72);
ABI_FIELD(linux_shmid64_ds, cpid, 80);
ABI_FIELD(linux_shmid64_ds, lpid, 84);
ABI_FIELD(linux_shmid64_ds, nattch, 88);
ABI_SIZE(linux_shminfo64, 72);
ABI_FIELD(linux_shminfo64, shmmax, 0);
ABI_FIELD(linux_shminfo64, shmmin, 8);
ABI_FIELD(linux_shminfo64, shmmni, 16);
ABI_FIELD(linux_shminfo64, shmseg, 24);
ABI_FIELD(linux_shminfo64, shmall, 32);
ABI_SIZE(linux_shm_info, 48);
ABI_FIELD(linux_shm_info, used_ids, 0);
ABI_FIELD(linux_shm_info, tot, 8);
ABI_FIELD(linux_shm_info, rss, 16);
ABI_FIELD(linux_shm_info, swp, 24);
ABI_FIELD(linux_shm_info, swap_attempts, 32);
ABI_FIELD(linux_shm_info, swap_successes, 40);
ABI_SIZE(linux_mq_attr, 64);
ABI_FIELD(linux_mq_attr, flags, 0);
ABI_FIELD(linux_mq_attr, maxmsg, 8);
ABI_FIELD(linux_mq_attr, msgsize, 16);
ABI_FIELD(linux_mq_attr, curmsgs, 24);

#endif
