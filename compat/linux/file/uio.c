#include "compat/linux/file/uio.h"

#include "compat/linux/uapi/fcntl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

/* struct iovec of readv(2) has the members of struct io_vec. */
static_assert(sizeof(struct io_vec) == 16, "copied from user memory as it is");

/* Bytes from addr to the end of its page, but no more than len. */
static size_t piece(uint64_t addr, size_t len)
{
	return MIN(PAGE_SIZE - (addr & (PAGE_SIZE - 1)), len);
}

/* Page by page: what lies before a bad page is moved. */
static size_t copy_out(void *ctx UNUSED, uint64_t dst, const void *src, size_t len)
{
	const uint8_t *from = src;
	size_t done = 0, step;

	while (done < len) {
		step = piece(dst + done, len - done);
		if (copy_to_user(user_ptr(dst + done), from + done, step))
			break;
		done += step;
	}
	return done;
}

static size_t copy_in(void *ctx UNUSED, void *dst, uint64_t src, size_t len)
{
	uint8_t *to = dst;
	size_t done = 0, step;

	while (done < len) {
		step = piece(src + done, len - done);
		if (copy_from_user(to + done, user_ptr(src + done), step))
			break;
		done += step;
	}
	return done;
}

static size_t clear(void *ctx UNUSED, uint64_t dst, size_t len)
{
	size_t done = 0, step;

	while (done < len) {
		step = piece(dst + done, len - done);
		if (clear_user(user_ptr(dst + done), step))
			break;
		done += step;
	}
	return done;
}

const struct io_copy_ops uio_user_ops = {
	.copy_out = copy_out,
	.copy_in = copy_in,
	.clear = clear,
};

int uio_single(struct uio *uio, struct user_ptr buf, size_t len)
{
	len = MIN(len, UIO_MAX_LEN);
	if (!user_range_ok(buf, len))
		return -EFAULT;
	uio->fixed[0] = (struct io_vec){.base = buf.addr, .len = len};
	uio->vecs = uio->fixed;
	uio->count = 1;
	return io_iter_vecs(&uio->iter, uio->vecs, 1, &uio_user_ops, NULL);
}

static int check_pieces(const struct uio *uio)
{
	for (uint32_t i = 0; i < uio->count; i++) {
		if (uio->vecs[i].len > INT64_MAX)
			return -EINVAL;
	}
	for (uint32_t i = 0; i < uio->count; i++) {
		if (!user_range_ok(user_ptr(uio->vecs[i].base), uio->vecs[i].len))
			return -EFAULT;
	}
	return 0;
}

int uio_import(struct uio *uio, struct user_ptr vec, uint64_t count)
{
	int err;

	if (count > LINUX_IOV_MAX)
		return -EINVAL;
	uio->count = (uint32_t)count;
	uio->vecs = uio->fixed;
	if (count > UIO_INLINE) {
		uio->vecs = kmem_alloc(count * sizeof(struct io_vec));
		if (!uio->vecs)
			return -ENOMEM;
	}
	err = copy_from_user(uio->vecs, vec, count * sizeof(struct io_vec));
	if (!err)
		err = check_pieces(uio);
	if (!err)
		err = io_iter_vecs(&uio->iter, uio->vecs, uio->count, &uio_user_ops, NULL);
	if (err) {
		uio_fini(uio);
		return err;
	}
	io_iter_limit(&uio->iter, UIO_MAX_LEN);
	return 0;
}

void uio_fini(struct uio *uio)
{
	if (uio->vecs != uio->fixed)
		kmem_free(uio->vecs, uio->count * sizeof(struct io_vec));
	uio->vecs = uio->fixed;
}
