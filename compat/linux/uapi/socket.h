/*
 * Sockets: socket(7), ip(7), ipv6(7), tcp(7), unix(7), netlink(7), packet(7), sendmsg(2),
 * cmsg(3). Numbers of type beXX are big endian.
 */
#ifndef COMPAT_LINUX_UAPI_SOCKET_H
#define COMPAT_LINUX_UAPI_SOCKET_H

#include "compat/linux/uapi/abi.h"

struct linux_iovec {
	linux_addr_t base;
	uint64_t len;
};

struct linux_msghdr {
	linux_addr_t name;
	int32_t namelen;
	uint32_t pad0;
	linux_addr_t iov;
	uint64_t iovlen;
	linux_addr_t control;
	uint64_t controllen;
	uint32_t flags;
	uint32_t pad1;
};

struct linux_mmsghdr {
	struct linux_msghdr hdr;
	uint32_t len;
	uint32_t pad0;
};

/* The data follows; the next one begins at a multiple of eight. */
struct linux_cmsghdr {
	uint64_t len;
	int32_t level;
	int32_t type;
};

struct linux_ucred {
	int32_t pid;
	uint32_t uid;
	uint32_t gid;
};

struct linux_linger {
	int32_t onoff;
	int32_t linger;
};

struct linux_sockaddr {
	uint16_t family;
	char data[14];
};

struct linux_sockaddr_storage {
	uint16_t family;
	char data[118];
	uint64_t align;
};

struct linux_sockaddr_in {
	uint16_t family;
	uint16_t port; /* be16 */
	uint32_t addr; /* be32 */
	uint8_t pad0[8];
};

struct linux_sockaddr_in6 {
	uint16_t family;
	uint16_t port;	   /* be16 */
	uint32_t flowinfo; /* be32 */
	uint8_t addr[16];
	uint32_t scope_id;
};

struct linux_sockaddr_un {
	uint16_t family;
	char path[108];
};

struct linux_sockaddr_nl {
	uint16_t family;
	uint16_t pad0;
	uint32_t pid;
	uint32_t groups;
};

struct linux_sockaddr_ll {
	uint16_t family;
	uint16_t protocol; /* be16 */
	int32_t ifindex;
	uint16_t hatype;
	uint8_t pkttype;
	uint8_t halen;
	uint8_t addr[8];
};

struct linux_nlmsghdr {
	uint32_t len;
	uint16_t type;
	uint16_t flags;
	uint32_t seq;
	uint32_t pid;
};

struct linux_ip_mreqn {
	uint32_t multiaddr; /* be32 */
	uint32_t address;   /* be32 */
	int32_t ifindex;
};

struct linux_ipv6_mreq {
	uint8_t multiaddr[16];
	int32_t ifindex;
};

struct linux_in_pktinfo {
	int32_t ifindex;
	uint32_t spec_dst; /* be32 */
	uint32_t addr;	   /* be32 */
};

struct linux_in6_pktinfo {
	uint8_t addr[16];
	int32_t ifindex;
};

#define LINUX_AF_UNSPEC 0
#define LINUX_AF_UNIX 1
#define LINUX_AF_INET 2
#define LINUX_AF_INET6 10
#define LINUX_AF_NETLINK 16
#define LINUX_AF_PACKET 17
#define LINUX_SOCK_STREAM 1
#define LINUX_SOCK_DGRAM 2
#define LINUX_SOCK_RAW 3
#define LINUX_SOCK_RDM 4
#define LINUX_SOCK_SEQPACKET 5
#define LINUX_SOCK_CLOEXEC 02000000
#define LINUX_SOCK_NONBLOCK 04000
#define LINUX_SHUT_RD 0
#define LINUX_SHUT_WR 1
#define LINUX_SHUT_RDWR 2
#define LINUX_SOMAXCONN 4096

#define LINUX_SOL_SOCKET 1
#define LINUX_SOL_IP 0
#define LINUX_SOL_TCP 6
#define LINUX_SOL_UDP 17
#define LINUX_SOL_IPV6 41
#define LINUX_SOL_RAW 255
#define LINUX_SOL_PACKET 263
#define LINUX_SOL_NETLINK 270

#define LINUX_IPPROTO_IP 0
#define LINUX_IPPROTO_ICMP 1
#define LINUX_IPPROTO_TCP 6
#define LINUX_IPPROTO_UDP 17
#define LINUX_IPPROTO_IPV6 41
#define LINUX_IPPROTO_ICMPV6 58
#define LINUX_IPPROTO_RAW 255

#define LINUX_SO_DEBUG 1
#define LINUX_SO_REUSEADDR 2
#define LINUX_SO_TYPE 3
#define LINUX_SO_ERROR 4
#define LINUX_SO_DONTROUTE 5
#define LINUX_SO_BROADCAST 6
#define LINUX_SO_SNDBUF 7
#define LINUX_SO_RCVBUF 8
#define LINUX_SO_KEEPALIVE 9
#define LINUX_SO_OOBINLINE 10
#define LINUX_SO_NO_CHECK 11
#define LINUX_SO_PRIORITY 12
#define LINUX_SO_LINGER 13
#define LINUX_SO_BSDCOMPAT 14
#define LINUX_SO_REUSEPORT 15
#define LINUX_SO_PASSCRED 16
#define LINUX_SO_PEERCRED 17
#define LINUX_SO_RCVLOWAT 18
#define LINUX_SO_SNDLOWAT 19
#define LINUX_SO_RCVTIMEO 20
#define LINUX_SO_SNDTIMEO 21
#define LINUX_SO_BINDTODEVICE 25
#define LINUX_SO_ATTACH_FILTER 26
#define LINUX_SO_DETACH_FILTER 27
#define LINUX_SO_PEERNAME 28
#define LINUX_SO_TIMESTAMP 29
#define LINUX_SO_ACCEPTCONN 30
#define LINUX_SO_PEERSEC 31
#define LINUX_SO_SNDBUFFORCE 32
#define LINUX_SO_RCVBUFFORCE 33
#define LINUX_SO_PASSSEC 34
#define LINUX_SO_TIMESTAMPNS 35
#define LINUX_SO_MARK 36
#define LINUX_SO_TIMESTAMPING 37
#define LINUX_SO_PROTOCOL 38
#define LINUX_SO_DOMAIN 39
#define LINUX_SO_PEEK_OFF 42
#define LINUX_SO_BUSY_POLL 46
#define LINUX_SO_INCOMING_CPU 49
#define LINUX_SO_COOKIE 57
#define LINUX_SO_PEERGROUPS 59
#define LINUX_SO_ZEROCOPY 60

#define LINUX_SCM_RIGHTS 1
#define LINUX_SCM_CREDENTIALS 2

#define LINUX_MSG_OOB 0x1
#define LINUX_MSG_PEEK 0x2
#define LINUX_MSG_DONTROUTE 0x4
#define LINUX_MSG_CTRUNC 0x8
#define LINUX_MSG_TRUNC 0x20
#define LINUX_MSG_DONTWAIT 0x40
#define LINUX_MSG_EOR 0x80
#define LINUX_MSG_WAITALL 0x100
#define LINUX_MSG_CONFIRM 0x800
#define LINUX_MSG_ERRQUEUE 0x2000
#define LINUX_MSG_NOSIGNAL 0x4000
#define LINUX_MSG_MORE 0x8000
#define LINUX_MSG_WAITFORONE 0x10000
#define LINUX_MSG_ZEROCOPY 0x4000000
#define LINUX_MSG_FASTOPEN 0x20000000
#define LINUX_MSG_CMSG_CLOEXEC 0x40000000

#define LINUX_IP_TOS 1
#define LINUX_IP_TTL 2
#define LINUX_IP_HDRINCL 3
#define LINUX_IP_OPTIONS 4
#define LINUX_IP_RECVOPTS 6
#define LINUX_IP_PKTINFO 8
#define LINUX_IP_MTU_DISCOVER 10
#define LINUX_IP_RECVERR 11
#define LINUX_IP_RECVTTL 12
#define LINUX_IP_RECVTOS 13
#define LINUX_IP_MTU 14
#define LINUX_IP_FREEBIND 15
#define LINUX_IP_TRANSPARENT 19
#define LINUX_IP_BIND_ADDRESS_NO_PORT 24
#define LINUX_IP_MULTICAST_IF 32
#define LINUX_IP_MULTICAST_TTL 33
#define LINUX_IP_MULTICAST_LOOP 34
#define LINUX_IP_ADD_MEMBERSHIP 35
#define LINUX_IP_DROP_MEMBERSHIP 36
#define LINUX_IPV6_UNICAST_HOPS 16
#define LINUX_IPV6_MULTICAST_IF 17
#define LINUX_IPV6_MULTICAST_HOPS 18
#define LINUX_IPV6_MULTICAST_LOOP 19
#define LINUX_IPV6_ADD_MEMBERSHIP 20
#define LINUX_IPV6_DROP_MEMBERSHIP 21
#define LINUX_IPV6_MTU_DISCOVER 23
#define LINUX_IPV6_MTU 24
#define LINUX_IPV6_RECVERR 25
#define LINUX_IPV6_V6ONLY 26
#define LINUX_IPV6_RECVPKTINFO 49
#define LINUX_IPV6_PKTINFO 50
#define LINUX_IPV6_RECVHOPLIMIT 51
#define LINUX_IPV6_HOPLIMIT 52
#define LINUX_IPV6_RECVTCLASS 66
#define LINUX_IPV6_TCLASS 67

#define LINUX_TCP_NODELAY 1
#define LINUX_TCP_MAXSEG 2
#define LINUX_TCP_CORK 3
#define LINUX_TCP_KEEPIDLE 4
#define LINUX_TCP_KEEPINTVL 5
#define LINUX_TCP_KEEPCNT 6
#define LINUX_TCP_SYNCNT 7
#define LINUX_TCP_LINGER2 8
#define LINUX_TCP_DEFER_ACCEPT 9
#define LINUX_TCP_WINDOW_CLAMP 10
#define LINUX_TCP_INFO 11
#define LINUX_TCP_QUICKACK 12
#define LINUX_TCP_CONGESTION 13
#define LINUX_TCP_USER_TIMEOUT 18
#define LINUX_TCP_FASTOPEN 23
#define LINUX_TCP_FASTOPEN_CONNECT 30

#define LINUX_NETLINK_ROUTE 0
#define LINUX_NETLINK_SOCK_DIAG 4
#define LINUX_NETLINK_KOBJECT_UEVENT 15
#define LINUX_NETLINK_GENERIC 16
#define LINUX_NLM_F_REQUEST 0x01
#define LINUX_NLM_F_MULTI 0x02
#define LINUX_NLM_F_ACK 0x04
#define LINUX_NLM_F_ROOT 0x100
#define LINUX_NLM_F_MATCH 0x200
#define LINUX_NLM_F_DUMP 0x300
#define LINUX_NLMSG_NOOP 1
#define LINUX_NLMSG_ERROR 2
#define LINUX_NLMSG_DONE 3

#define LINUX_SIOCGIFNAME 0x8910
#define LINUX_SIOCGIFCONF 0x8912
#define LINUX_SIOCGIFFLAGS 0x8913
#define LINUX_SIOCSIFFLAGS 0x8914
#define LINUX_SIOCGIFADDR 0x8915
#define LINUX_SIOCSIFADDR 0x8916
#define LINUX_SIOCGIFBRDADDR 0x8919
#define LINUX_SIOCGIFNETMASK 0x891b
#define LINUX_SIOCSIFNETMASK 0x891c
#define LINUX_SIOCGIFMTU 0x8921
#define LINUX_SIOCSIFMTU 0x8922
#define LINUX_SIOCGIFHWADDR 0x8927
#define LINUX_SIOCGIFINDEX 0x8933
#define LINUX_SIOCADDRT 0x890b
#define LINUX_SIOCDELRT 0x890c

ABI_SIZE(linux_iovec, 16);
ABI_FIELD(linux_iovec, base, 0);
ABI_FIELD(linux_iovec, len, 8);
ABI_SIZE(linux_msghdr, 56);
ABI_FIELD(linux_msghdr, name, 0);
ABI_FIELD(linux_msghdr, namelen, 8);
ABI_FIELD(linux_msghdr, iov, 16);
ABI_FIELD(linux_msghdr, iovlen, 24);
ABI_FIELD(linux_msghdr, control, 32);
ABI_FIELD(linux_msghdr, controllen, 40);
ABI_FIELD(linux_msghdr, flags, 48);
ABI_SIZE(linux_mmsghdr, 64);
ABI_FIELD(linux_mmsghdr, hdr, 0);
ABI_FIELD(linux_mmsghdr, len, 56);
ABI_SIZE(linux_cmsghdr, 16);
ABI_FIELD(linux_cmsghdr, len, 0);
ABI_FIELD(linux_cmsghdr, level, 8);
ABI_FIELD(linux_cmsghdr, type, 12);
ABI_SIZE(linux_ucred, 12);
ABI_FIELD(linux_ucred, pid, 0);
ABI_FIELD(linux_ucred, uid, 4);
ABI_FIELD(linux_ucred, gid, 8);
ABI_SIZE(linux_linger, 8);
ABI_FIELD(linux_linger, onoff, 0);
ABI_FIELD(linux_linger, linger, 4);
ABI_SIZE(linux_sockaddr, 16);
ABI_FIELD(linux_sockaddr, family, 0);
ABI_FIELD(linux_sockaddr, data, 2);
ABI_SIZE(linux_sockaddr_storage, 128);
ABI_FIELD(linux_sockaddr_storage, family, 0);
ABI_FIELD(linux_sockaddr_storage, data, 2);
ABI_FIELD(linux_sockaddr_storage, align, 120);
ABI_SIZE(linux_sockaddr_in, 16);
ABI_FIELD(linux_sockaddr_in, family, 0);
ABI_FIELD(linux_sockaddr_in, port, 2);
ABI_FIELD(linux_sockaddr_in, addr, 4);
ABI_SIZE(linux_sockaddr_in6, 28);
ABI_FIELD(linux_sockaddr_in6, family, 0);
ABI_FIELD(linux_sockaddr_in6, port, 2);
ABI_FIELD(linux_sockaddr_in6, flowinfo, 4);
ABI_FIELD(linux_sockaddr_in6, addr, 8);
ABI_FIELD(linux_sockaddr_in6, scope_id, 24);
ABI_SIZE(linux_sockaddr_un, 110);
ABI_FIELD(linux_sockaddr_un, family, 0);
ABI_FIELD(linux_sockaddr_un, path, 2);
ABI_SIZE(linux_sockaddr_nl, 12);
ABI_FIELD(linux_sockaddr_nl, family, 0);
ABI_FIELD(linux_sockaddr_nl, pid, 4);
ABI_FIELD(linux_sockaddr_nl, groups, 8);
ABI_SIZE(linux_sockaddr_ll, 20);
ABI_FIELD(linux_sockaddr_ll, family, 0);
ABI_FIELD(linux_sockaddr_ll, protocol, 2);
ABI_FIELD(linux_sockaddr_ll, ifindex, 4);
ABI_FIELD(linux_sockaddr_ll, hatype, 8);
ABI_FIELD(linux_sockaddr_ll, pkttype, 10);
ABI_FIELD(linux_sockaddr_ll, halen, 11);
ABI_FIELD(linux_sockaddr_ll, addr, 12);
ABI_SIZE(linux_nlmsghdr, 16);
ABI_FIELD(linux_nlmsghdr, len, 0);
ABI_FIELD(linux_nlmsghdr, type, 4);
ABI_FIELD(linux_nlmsghdr, flags, 6);
ABI_FIELD(linux_nlmsghdr, seq, 8);
ABI_FIELD(linux_nlmsghdr, pid, 12);
ABI_SIZE(linux_ip_mreqn, 12);
ABI_FIELD(linux_ip_mreqn, multiaddr, 0);
ABI_FIELD(linux_ip_mreqn, address, 4);
ABI_FIELD(linux_ip_mreqn, ifindex, 8);
ABI_SIZE(linux_ipv6_mreq, 20);
ABI_FIELD(linux_ipv6_mreq, multiaddr, 0);
ABI_FIELD(linux_ipv6_mreq, ifindex, 16);
ABI_SIZE(linux_in_pktinfo, 12);
ABI_FIELD(linux_in_pktinfo, ifindex, 0);
ABI_FIELD(linux_in_pktinfo, spec_dst, 4);
ABI_FIELD(linux_in_pktinfo, addr, 8);
ABI_SIZE(linux_in6_pktinfo, 20);
ABI_FIELD(linux_in6_pktinfo, addr, 0);
ABI_FIELD(linux_in6_pktinfo, ifindex, 16);

#endif
