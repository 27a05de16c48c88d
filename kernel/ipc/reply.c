#include "kernel/ipc/reply.h"

#include "kernel/cap/kobject.h"
#include "kernel/ipc/endpoint_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"

struct reply {
	struct kobject obj;
	struct mem_account *account; /* const */
	struct ipc_debt debt;	     /* the endpoint is const; the call under its lock */
};

static void reply_destroy(struct kobject *obj)
{
	struct reply *reply = container_of(obj, struct reply, obj);

	ipc_debt_drop(&reply->debt);
	kmem_free_charged(reply->account, reply, sizeof(*reply));
}

static const struct kobject_type reply_type = {
	KOBJECT_TYPE(REPLY, struct reply),
	.destroy = reply_destroy,
};

int reply_create(struct mem_account *account, struct ipc_debt *debt, struct reply **out)
{
	struct reply *reply;

	if (!ipc_debt_is_owed(debt))
		return -EINVAL;
	reply = kmem_zalloc_charged(account, sizeof(*reply));
	if (!reply)
		return -ENOMEM;
	kobject_init(&reply->obj, &reply_type);
	reply->account = account;
	ipc_debt_move(debt, &reply->debt);
	*out = reply;
	return 0;
}

struct kobject *reply_kobject(struct reply *reply)
{
	return &reply->obj;
}

struct reply *reply_from_kobject(struct kobject *obj)
{
	return obj->type == &reply_type ? container_of(obj, struct reply, obj) : NULL;
}

int reply_answer(struct reply *reply, struct message_side *side)
{
	return endpoint_answer(reply->debt.endpoint, &reply->debt, side);
}
