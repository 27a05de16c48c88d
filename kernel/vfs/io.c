#include "kernel/vfs/io.h"

#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

static size_t kernel_copy_out(void *ctx UNUSED, uint64_t dst, const void *src, size_t len)
{
	memcpy((void *)(uintptr_t)dst, src, len);
	return len;
}

static size_t kernel_copy_in(void *ctx UNUSED, void *dst, uint64_t src, size_t len)
{
	memcpy(dst, (const void *)(uintptr_t)src, len);
	return len;
}

static size_t kernel_clear(void *ctx UNUSED, uint64_t dst, size_t len)
{
	memset((void *)(uintptr_t)dst, 0, len);
	return len;
}

static const struct io_copy_ops kernel_ops = {
	.copy_out = kernel_copy_out,
	.copy_in = kernel_copy_in,
	.clear = kernel_clear,
};

void io_iter_kernel(struct io_iter *iter, const void *buf, size_t len)
{
	iter->single = (struct io_vec){.base = (uintptr_t)buf, .len = len};
	iter->vecs = &iter->single;
	iter->count = 1;
	iter->offset = 0;
	iter->left = len;
	iter->ops = &kernel_ops;
	iter->ctx = NULL;
}

int io_iter_vecs(struct io_iter *iter, const struct io_vec *vecs, uint32_t count,
		 const struct io_copy_ops *ops, void *ctx)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (add_overflows(sum, vecs[i].len, &sum) || sum > INT64_MAX)
			return -EINVAL;
	}
	*iter = (struct io_iter){
		.vecs = vecs,
		.count = count,
		.left = sum,
		.ops = ops ? ops : &kernel_ops,
		.ctx = ctx,
	};
	return 0;
}

/* Steps over pieces that are used up; the bytes of the next one, up to len. */
static size_t next_part(struct io_iter *iter, size_t len)
{
	while (iter->count > 0 && iter->offset == iter->vecs->len) {
		iter->vecs++;
		iter->count--;
		iter->offset = 0;
	}
	if (iter->count == 0)
		return 0;
	len = MIN(len, iter->left);
	return MIN(len, iter->vecs->len - iter->offset);
}

static void go_on(struct io_iter *iter, size_t len)
{
	iter->offset += len;
	iter->left -= len;
}

size_t io_copy_out(struct io_iter *iter, const void *src, size_t len)
{
	const char *from = src;
	size_t done = 0;
	size_t part;

	while ((part = next_part(iter, len - done)) > 0) {
		size_t moved = iter->ops->copy_out(iter->ctx, iter->vecs->base + iter->offset,
						   from + done, part);

		go_on(iter, moved);
		done += moved;
		if (moved < part)
			break;
	}
	return done;
}

size_t io_copy_in(struct io_iter *iter, void *dst, size_t len)
{
	char *to = dst;
	size_t done = 0;
	size_t part;

	while ((part = next_part(iter, len - done)) > 0) {
		size_t moved = iter->ops->copy_in(iter->ctx, to + done,
						  iter->vecs->base + iter->offset, part);

		go_on(iter, moved);
		done += moved;
		if (moved < part)
			break;
	}
	return done;
}

size_t io_clear(struct io_iter *iter, size_t len)
{
	size_t done = 0;
	size_t part;

	while ((part = next_part(iter, len - done)) > 0) {
		size_t moved = iter->ops->clear(iter->ctx, iter->vecs->base + iter->offset, part);

		go_on(iter, moved);
		done += moved;
		if (moved < part)
			break;
	}
	return done;
}

void io_skip(struct io_iter *iter, size_t len)
{
	size_t part;

	while ((part = next_part(iter, len)) > 0) {
		go_on(iter, part);
		len -= part;
	}
}
