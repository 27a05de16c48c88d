/* Commands about capabilities. */
#include "kernel/cap/audit.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/kobject.h"
#include "kernel/cap/rights.h"
#include "kernel/dev/console.h"
#include "kernel/init/monitor/command.h"

#define RIGHT_BITS 32u

static void print_rights(uint32_t rights)
{
	for (uint32_t bit = 0; bit < RIGHT_BITS; bit++) {
		if (rights & (1u << bit))
			console_print(" %s", right_name(1u << bit));
	}
	console_print("\n");
}

static void print_grant(const struct grant_info *grant)
{
	console_print("grant %lu from %lu, depth %u, %u references%s: %s\n", grant->id,
		      grant->parent_id, grant->depth, grant->refs,
		      grant->is_dead ? ", revoked" : "", grant->origin);
}

static void print_capability(const struct audit_entry *entry)
{
	const char *type = kobject_type_name(entry->type);

	if (entry->kind == AUDIT_AUTHORITY)
		console_print("process %lu, %s: ", entry->owner, authority_slot_name(entry->slot));
	else
		console_print("process %lu, slot %u: ", entry->owner, entry->slot);
	console_print("%s %lu by grant %lu:", type, entry->object_id, entry->grant.id);
	print_rights(entry->rights);
}

void command_caps(int argc UNUSED, char *const argv[] UNUSED)
{
	struct audit_cursor cursor;
	struct audit_entry entry;

	audit_begin(&cursor);
	while (audit_next(&cursor, &entry) == 0) {
		if (entry.kind == AUDIT_GRANT)
			print_grant(&entry.grant);
		else
			print_capability(&entry);
	}
	audit_end(&cursor);
}
