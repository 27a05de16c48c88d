/* tmpfs as a whole: options, limits, beginning and end. */
#include "kernel/fs/tmpfs/tmpfs.h"

#include "kernel/fs/tmpfs/tmpfs_impl.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/parse.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/meminfo.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/super.h"

#define OPTION_MAX 64u

struct options {
	struct tmpfs_limits limits;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
};

void tmpfs_budget_put(struct tmpfs_budget *budget)
{
	struct mem_account *account = budget->account;

	if (!refcount_put(&budget->refs))
		return;
	kmem_free_charged(account, budget, sizeof(*budget));
	if (account)
		mem_account_put(account);
}

/* --- Options --- */

/* A number with one of the letters k, m, g behind it, or % of all memory. In bytes. */
static int parse_size(const char *text, uint64_t *out)
{
	struct meminfo info;
	const char *end;
	uint64_t n;
	unsigned int shift = 0;
	int err = str_to_u64(text, 10, &end, &n);

	if (err)
		return -EINVAL;
	if (*end == '%' && n <= 100) {
		meminfo_read(&info);
		*out = info.total * PAGE_SIZE / 100 * n;
		return end[1] == '\0' ? 0 : -EINVAL;
	}
	if (*end == 'k' || *end == 'K')
		shift = 10;
	else if (*end == 'm' || *end == 'M')
		shift = 20;
	else if (*end == 'g' || *end == 'G')
		shift = 30;
	if (shift)
		end++;
	if (*end != '\0' || shl_overflows(n, shift, &n))
		return -EINVAL;
	*out = n;
	return 0;
}

static uint64_t pages_of(uint64_t bytes)
{
	/* No size at all is no limit, as on Linux. */
	if (bytes == 0)
		return UINT64_MAX;
	return bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
}

static int parse_id(const char *text, unsigned int base, uint64_t max, uint32_t *out)
{
	uint64_t n;

	if (str_to_u64(text, base, NULL, &n) || n > max)
		return -EINVAL;
	*out = (uint32_t)n;
	return 0;
}

static int parse_option(const char *name, const char *value, struct options *options)
{
	uint64_t n;
	int err;

	if (strcmp(name, "mode") == 0)
		return parse_id(value, 8, MODE_PERMISSIONS, &options->mode);
	if (strcmp(name, "uid") == 0)
		return parse_id(value, 10, UINT32_MAX - 1, &options->uid);
	if (strcmp(name, "gid") == 0)
		return parse_id(value, 10, UINT32_MAX - 1, &options->gid);
	if (strcmp(name, "size") == 0) {
		err = parse_size(value, &n);
		if (!err)
			options->limits.pages = pages_of(n);
		return err;
	}
	if (strcmp(name, "nr_blocks") == 0 || strcmp(name, "nr_inodes") == 0) {
		err = parse_size(value, &n);
		if (err)
			return err;
		n = n ? n : UINT64_MAX;
		if (name[3] == 'b')
			options->limits.pages = n;
		else
			options->limits.inodes = n;
		return 0;
	}
	return -EINVAL;
}

/* "name=value,name=value" */
static int parse_options(const char *text, struct options *options)
{
	char one[OPTION_MAX];

	while (*text) {
		size_t len = 0;
		char *value;
		int err;

		while (text[len] && text[len] != ',')
			len++;
		if (len >= sizeof(one))
			return -EINVAL;
		memcpy(one, text, len);
		one[len] = '\0';
		text += len + (text[len] == ',');
		if (len == 0)
			continue;
		value = strchr(one, '=');
		if (!value)
			return -EINVAL;
		*value++ = '\0';
		err = parse_option(one, value, options);
		if (err)
			return err;
	}
	return 0;
}

/* --- Operations --- */

static void shut_down(struct super *super UNUSED, struct inode *root)
{
	tmpfs_empty(root);
}

static void destroy(struct super *super)
{
	struct tmpfs_super *ts = tmpfs_of(super);

	tmpfs_budget_put(ts->budget);
	kmem_free_charged(super->account, ts, sizeof(*ts));
}

/* What is left of a limit, or of the account's memory where there is none. */
static int statfs(struct super *super, struct super_stat *out)
{
	const struct tmpfs_budget *budget = tmpfs_of(super)->budget;
	uint64_t max_pages = READ_ONCE(budget->max_pages);
	uint64_t max_inodes = READ_ONCE(budget->max_inodes);
	uint64_t pages = atomic64_load(&budget->pages);
	uint64_t inodes = atomic64_load(&budget->inodes);

	/* Without a limit zero is shown, as on Linux. */
	if (max_pages != UINT64_MAX) {
		out->blocks = max_pages;
		out->blocks_free = max_pages - MIN(pages, max_pages);
		out->blocks_available = out->blocks_free;
	}
	if (max_inodes != UINT64_MAX) {
		out->files = max_inodes;
		out->files_free = max_inodes - MIN(inodes, max_inodes);
	}
	return 0;
}

static int remount(struct super *super, const char *text)
{
	struct tmpfs_budget *budget = tmpfs_of(super)->budget;
	struct options options = {
		.limits = {READ_ONCE(budget->max_pages), READ_ONCE(budget->max_inodes)},
	};
	int err = parse_options(text, &options);

	if (err)
		return err;
	if (options.limits.pages < atomic64_load(&budget->pages) ||
	    options.limits.inodes < atomic64_load(&budget->inodes))
		return -EINVAL;
	WRITE_ONCE(budget->max_pages, options.limits.pages);
	WRITE_ONCE(budget->max_inodes, options.limits.inodes);
	return 0;
}

static size_t show_options(struct super *super, char *buf, size_t size)
{
	const struct tmpfs_budget *budget = tmpfs_of(super)->budget;
	const struct inode *root = super->root->inode;
	uint64_t max_pages = READ_ONCE(budget->max_pages);
	uint64_t max_inodes = READ_ONCE(budget->max_inodes);
	uint32_t mode = READ_ONCE(root->mode) & MODE_PERMISSIONS;
	size_t len = 0;

	if (max_pages != UINT64_MAX)
		len += fmt_snprintf(buf + len, size - len, ",size=%luk",
				    max_pages << (PAGE_SHIFT - 10));
	if (max_inodes != UINT64_MAX && len < size)
		len += fmt_snprintf(buf + len, size - len, ",nr_inodes=%lu", max_inodes);
	if (mode != 01777 && len < size)
		len += fmt_snprintf(buf + len, size - len, ",mode=%03o", mode);
	return MIN(len, size);
}

static const struct super_ops super_ops = {
	.destroy_inode = tmpfs_destroy_inode,
	.destroy = destroy,
	.shutdown = shut_down,
	.statfs = statfs,
	.remount = remount,
	.show_options = show_options,
};

/* --- Beginning --- */

static struct tmpfs_budget *budget_create(const struct tmpfs_limits *limits,
					  struct mem_account *account)
{
	struct tmpfs_budget *budget = kmem_zalloc_charged(account, sizeof(*budget));

	if (!budget)
		return NULL;
	refcount_init(&budget->refs);
	budget->account = account;
	if (account)
		mem_account_get(account);
	budget->max_pages = limits->pages;
	budget->max_inodes = limits->inodes;
	return budget;
}

static struct fs_type tmpfs_type;

static int create(const struct options *options, struct mem_account *account, struct super **out)
{
	const struct inode_spec spec = {
		.mode = MODE_DIR | options->mode,
		.uid = options->uid,
		.gid = options->gid,
	};
	struct tmpfs_super *ts = kmem_zalloc_charged(account, sizeof(*ts));
	struct inode *root;
	int err;

	if (!ts)
		return -ENOMEM;
	ts->budget = budget_create(&options->limits, account);
	if (!ts->budget) {
		kmem_free_charged(account, ts, sizeof(*ts));
		return -ENOMEM;
	}
	super_init(&ts->super, &tmpfs_type, &super_ops, account);
	ts->super.magic = TMPFS_MAGIC;
	err = tmpfs_new_inode(&ts->super, &spec, &root);
	if (!err) {
		err = super_set_root(&ts->super, root);
		if (err)
			inode_put(root);
	}
	if (err)
		super_put(&ts->super);
	else
		*out = &ts->super;
	return err;
}

int tmpfs_create(const struct tmpfs_limits *limits, struct mem_account *account, struct super **out)
{
	const struct options options = {.limits = *limits, .mode = 0755};

	return create(&options, account, out);
}

static int mount(const struct fs_type *type UNUSED, const struct fs_mount *args, struct super **out)
{
	struct options options = {
		.mode = 01777,
		.uid = args->cred->uid,
		.gid = args->cred->gid,
	};
	struct meminfo info;
	int err;

	meminfo_read(&info);
	options.limits.pages = info.total / 2;
	options.limits.inodes = info.total / 2;
	err = parse_options(args->options, &options);
	return err ? err : create(&options, args->account, out);
}

static struct fs_type tmpfs_type = {
	.name = "tmpfs",
	.flags = FS_USER_MOUNT,
	.mount = mount,
};

void tmpfs_init(void)
{
	fs_register(&tmpfs_type);
}
