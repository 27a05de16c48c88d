#include "kernel/ipc/message.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"

static size_t size_of(uint32_t size)
{
	return sizeof(struct message) + size;
}

int message_create(struct mem_account *account, uint32_t size, struct message **out)
{
	struct message *message;
	int err;

	ASSERT(size <= MESSAGE_MAX_LEN);
	err = mem_charge_kernel(account, size_of(size));
	if (err)
		return err;
	message = kmem_alloc(size_of(size));
	if (!message) {
		mem_uncharge_kernel(account, size_of(size));
		return -ENOMEM;
	}
	message->account = account;
	message->size = size;
	message->len = 0;
	message->cap_count = 0;
	*out = message;
	return 0;
}

void message_destroy(struct message *message)
{
	struct mem_account *account;
	size_t size;

	if (!message)
		return;
	for (uint32_t i = 0; i < message->cap_count; i++)
		cap_drop(&message->caps[i]);
	account = message->account;
	size = size_of(message->size);
	kmem_free(message, size);
	mem_uncharge_kernel(account, size);
}
