/* CRC-32C (Castagnoli), as iSCSI (RFC 3720, appendix B.4), erofs and ext4 use. */
#ifndef KERNEL_LIB_CRC32C_H
#define KERNEL_LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* crc is 0 at first, then the result so far: pieces give the same as the whole. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
