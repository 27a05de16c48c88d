/*
 * The buffers of a read or write as byte iterators (kernel/vfs/io.h) over the memory
 * of the running program.
 */
#ifndef COMPAT_LINUX_FILE_UIO_H
#define COMPAT_LINUX_FILE_UIO_H

#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/mm/user.h"
#include "kernel/vfs/io.h"

/* How to reach the memory of the running program; they need no ctx. */
extern const struct io_copy_ops uio_user_ops;

/* What one call moves at most, as on Linux: INT32_MAX down to a whole page. */
#define UIO_MAX_LEN 0x7ffff000u
#define UIO_INLINE 8u

struct uio {
	struct io_iter iter;
	struct io_vec *vecs; /* fixed, or memory of its own */
	uint32_t count;
	struct io_vec fixed[UIO_INLINE];
};

/* One buffer; a longer one than UIO_MAX_LEN is cut. 0, or -EFAULT outside of user memory. */
MUST_CHECK int uio_single(struct uio *uio, struct user_ptr buf, size_t len);

/*
 * The pieces of a vector of struct iovec, copied in: 0, or -EINVAL (more than 1024, or
 * a length above SSIZE_MAX), -EFAULT, -ENOMEM. To be ended by uio_fini().
 */
MUST_CHECK int uio_import(struct uio *uio, struct user_ptr vec, uint64_t count);

/* Also after uio_single(), where it does nothing. */
void uio_fini(struct uio *uio);

#endif
