/* Waiting for files: poll(2), select(2), epoll(7), eventfd(2), inotify(7). */
#ifndef COMPAT_LINUX_UAPI_POLL_H
#define COMPAT_LINUX_UAPI_POLL_H

#include "compat/linux/uapi/abi.h"

struct linux_pollfd {
	int32_t fd;
	int16_t events;
	int16_t revents;
};

/* Packed on x86-64, unlike on other processors. */
struct PACKED linux_epoll_event {
	uint32_t events;
	uint64_t data;
};

/* The name, padded with NULs to len bytes, follows. */
struct linux_inotify_event {
	int32_t wd;
	uint32_t mask;
	uint32_t cookie;
	uint32_t len;
	char name[];
};

#define LINUX_FD_SETSIZE 1024

#define LINUX_POLLIN 0x0001
#define LINUX_POLLPRI 0x0002
#define LINUX_POLLOUT 0x0004
#define LINUX_POLLERR 0x0008
#define LINUX_POLLHUP 0x0010
#define LINUX_POLLNVAL 0x0020
#define LINUX_POLLRDNORM 0x0040
#define LINUX_POLLRDBAND 0x0080
#define LINUX_POLLWRNORM 0x0100
#define LINUX_POLLWRBAND 0x0200
#define LINUX_POLLMSG 0x0400
#define LINUX_POLLREMOVE 0x1000
#define LINUX_POLLRDHUP 0x2000

#define LINUX_EPOLLIN 0x00000001u
#define LINUX_EPOLLPRI 0x00000002u
#define LINUX_EPOLLOUT 0x00000004u
#define LINUX_EPOLLERR 0x00000008u
#define LINUX_EPOLLHUP 0x00000010u
#define LINUX_EPOLLNVAL 0x00000020u
#define LINUX_EPOLLRDNORM 0x00000040u
#define LINUX_EPOLLRDBAND 0x00000080u
#define LINUX_EPOLLWRNORM 0x00000100u
#define LINUX_EPOLLWRBAND 0x00000200u
#define LINUX_EPOLLMSG 0x00000400u
#define LINUX_EPOLLRDHUP 0x00002000u
#define LINUX_EPOLLEXCLUSIVE 0x10000000u
#define LINUX_EPOLLWAKEUP 0x20000000u
#define LINUX_EPOLLONESHOT 0x40000000u
#define LINUX_EPOLLET 0x80000000u
#define LINUX_EPOLL_CTL_ADD 1
#define LINUX_EPOLL_CTL_DEL 2
#define LINUX_EPOLL_CTL_MOD 3
#define LINUX_EPOLL_CLOEXEC 02000000

#define LINUX_EFD_SEMAPHORE 1
#define LINUX_EFD_CLOEXEC 02000000
#define LINUX_EFD_NONBLOCK 04000

#define LINUX_IN_ACCESS 0x00000001
#define LINUX_IN_MODIFY 0x00000002
#define LINUX_IN_ATTRIB 0x00000004
#define LINUX_IN_CLOSE_WRITE 0x00000008
#define LINUX_IN_CLOSE_NOWRITE 0x00000010
#define LINUX_IN_OPEN 0x00000020
#define LINUX_IN_MOVED_FROM 0x00000040
#define LINUX_IN_MOVED_TO 0x00000080
#define LINUX_IN_CREATE 0x00000100
#define LINUX_IN_DELETE 0x00000200
#define LINUX_IN_DELETE_SELF 0x00000400
#define LINUX_IN_MOVE_SELF 0x00000800
#define LINUX_IN_ALL_EVENTS 0x00000fff
#define LINUX_IN_UNMOUNT 0x00002000
#define LINUX_IN_Q_OVERFLOW 0x00004000
#define LINUX_IN_IGNORED 0x00008000
#define LINUX_IN_ONLYDIR 0x01000000
#define LINUX_IN_DONT_FOLLOW 0x02000000
#define LINUX_IN_EXCL_UNLINK 0x04000000
#define LINUX_IN_MASK_CREATE 0x10000000
#define LINUX_IN_MASK_ADD 0x20000000
#define LINUX_IN_ISDIR 0x40000000
#define LINUX_IN_ONESHOT 0x80000000u
#define LINUX_IN_CLOEXEC 02000000
#define LINUX_IN_NONBLOCK 04000

ABI_SIZE(linux_pollfd, 8);
ABI_FIELD(linux_pollfd, fd, 0);
ABI_FIELD(linux_pollfd, events, 4);
ABI_FIELD(linux_pollfd, revents, 6);
ABI_SIZE(linux_epoll_event, 12);
ABI_FIELD(linux_epoll_event, events, 0);
ABI_FIELD(linux_epoll_event, data, 4);
ABI_SIZE(linux_inotify_event, 16);
ABI_FIELD(linux_inotify_event, wd, 0);
ABI_FIELD(linux_inotify_event, mask, 4);
ABI_FIELD(linux_inotify_event, cookie, 8);
ABI_FIELD(linux_inotify_event, len, 12);
ABI_FIELD(linux_inotify_event, name, 16);

#endif
