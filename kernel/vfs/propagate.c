/*
 * Propagation: who else sees a change of a tree of mounts.
 *
 * A shared mount is in a group of peers, a ring. A slave names one member of the group
 * it follows, its master, and is in that member's list. Both can be: a slave with peers
 * of its own, which are slaves of the same group.
 *
 * What is mounted on a member is copied to the same place of all receivers: its peers,
 * their slaves, the peers of those, and so on. The copy for a peer is a peer of what
 * was mounted; the copy for a slave is a slave of it. A receiver that does not show the
 * place (a bind of another part of the file system) gets none, and those behind it
 * stand in relation to the copy before it.
 *
 * Receivers are found first, each with the one it was reached from, and then served in
 * that order: the copies may join the very groups that are walked.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount_impl.h"

static uint64_t last_group GUARDED_BY(&mount_tree);

void mount_make_shared(struct mount *mount)
{
	if (!mount->group)
		mount->group = ++last_group;
	mount->is_unbindable = false;
}

void mount_join_group(struct mount *mount, struct mount *peer)
{
	mount->group = peer->group;
	list_push_back(&peer->peers, &mount->peers);
	if (peer->master)
		mount_become_slave(mount, peer->master);
}

void mount_become_slave(struct mount *mount, struct mount *master)
{
	mount->master = master;
	list_push_back(&master->slaves, &mount->slave_node);
}

/* Another member of the group, or NULL. */
static struct mount *other_peer(const struct mount *mount)
{
	return list_is_linked(&mount->peers) ? list_entry(mount->peers.next, struct mount, peers)
					     : NULL;
}

/* Slaves of a mount that leaves its group, or loses its master. */
static void hand_slaves_over(struct mount *mount, struct mount *heir) REQUIRES(&mount_tree)
{
	struct list_node *node;

	while ((node = list_pop_front(&mount->slaves))) {
		struct mount *slave = list_entry(node, struct mount, slave_node);

		slave->master = NULL;
		if (heir)
			mount_become_slave(slave, heir);
	}
}

static void leave_master(struct mount *mount) REQUIRES(&mount_tree)
{
	if (!mount->master)
		return;
	list_remove(&mount->slave_node);
	mount->master = NULL;
}

static void leave_group(struct mount *mount) REQUIRES(&mount_tree)
{
	struct mount *peer = other_peer(mount);

	/* The last of a group hands its slaves to the group it follows itself. */
	hand_slaves_over(mount, peer ? peer : mount->master);
	list_remove(&mount->peers);
	mount->group = 0;
}

void mount_make_private(struct mount *mount)
{
	leave_group(mount);
	leave_master(mount);
	mount->is_unbindable = false;
}

static void make_slave(struct mount *mount) REQUIRES(&mount_tree)
{
	struct mount *peer = other_peer(mount);

	if (!mount->group)
		return;
	leave_group(mount);
	/* Alone in its group it follows whom the group did, or nobody. */
	if (!peer)
		return;
	leave_master(mount);
	mount_become_slave(mount, peer);
}

void mount_change_propagation(struct mount *mount, enum mount_propagation how)
{
	switch (how) {
	case MOUNT_SHARED:
		mount_make_shared(mount);
		break;
	case MOUNT_SLAVE:
		make_slave(mount);
		break;
	case MOUNT_PRIVATE:
		mount_make_private(mount);
		break;
	case MOUNT_UNBINDABLE:
		mount_make_private(mount);
		mount->is_unbindable = true;
		break;
	}
}

/* Whether it was found already: it is in the list, or is where the search began. */
static bool is_found(const struct mount *mount, const struct mount *start)
{
	return mount == start || list_is_linked(&mount->work);
}

static void found(struct mount *mount, struct mount *from, bool is_slave, struct list_node *out)
{
	mount->from = from;
	mount->is_slave_edge = is_slave;
	list_push_back(out, &mount->work);
}

static void find_peers(struct mount *of, const struct mount *start, struct list_node *out)
{
	list_for_each (node, &of->peers) {
		struct mount *peer = list_entry(node, struct mount, peers);

		if (!is_found(peer, start))
			found(peer, of, false, out);
	}
}

static void find_slaves(struct mount *of, const struct mount *start, struct list_node *out)
{
	list_for_each (node, &of->slaves) {
		struct mount *slave = list_entry(node, struct mount, slave_node);

		if (is_found(slave, start))
			continue;
		found(slave, of, true, out);
		/* At once, so that its peers count as that, not as slaves. */
		find_peers(slave, start, out);
	}
}

void mount_find_receivers(struct mount *parent, struct list_node *out)
{
	list_init(out);
	find_peers(parent, parent, out);
	find_slaves(parent, parent, out);
	/* The list grows while it is walked. */
	list_for_each (node, out)
		find_slaves(list_entry(node, struct mount, work), parent, out);
}

/* Whether the place is in what the mount shows. */
static bool shows(const struct mount *mount, struct dentry *place)
{
	return mount->ns && dentry_is_ancestor(mount->root, place);
}

/* Makes the receiver's copy, or passes on what it would have stood in relation to. */
static int serve(struct mount *receiver, struct dentry *mountpoint, struct list_node *copies)
	REQUIRES(&mount_tree)
{
	struct mount *source = receiver->from->copy;
	bool is_slave = receiver->is_slave_edge || receiver->from->is_copy_slave;
	enum mount_copy how = MOUNT_COPY_SAME;
	struct mount *copy;
	int err;

	if (is_slave)
		how = receiver->group ? MOUNT_COPY_SHARED_SLAVE : MOUNT_COPY_SLAVE;
	receiver->copy = source;
	receiver->is_copy_slave = is_slave;
	if (!shows(receiver, mountpoint))
		return 0;
	err = mount_copy_tree(source, source->root, how, MOUNT_BIND_TREE, source->account, &copy);
	if (err)
		return err;
	receiver->copy = copy;
	receiver->is_copy_slave = false;
	copy->copy = receiver;
	list_push_back(copies, &copy->sibling);
	return 0;
}

int mount_propagate_copies(struct mount *top, struct mount *parent, struct dentry *mountpoint,
			   struct list_node *copies)
{
	struct list_node receivers, *node;
	int err = 0;

	for (struct mount *mount = top; mount; mount = mount_next(mount, top))
		mount_make_shared(mount);
	parent->copy = top;
	parent->is_copy_slave = false;
	mount_find_receivers(parent, &receivers);
	while ((node = list_pop_front(&receivers))) {
		if (!err)
			err = serve(list_entry(node, struct mount, work), mountpoint, copies);
	}
	return err;
}
