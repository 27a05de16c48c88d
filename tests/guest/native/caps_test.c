/* Capabilities: rights only shrink, what was minted can be taken back, and how far. */
#include "tests/guest/native/test.h"

#define PAGE 4096u

/* What parent and child tell each other through shared memory. */
struct board {
	volatile uint32_t ready;
	volatile uint32_t go;
	volatile uint64_t count;
	volatile int64_t result;
};

static uint32_t new_event(uint64_t value)
{
	return (uint32_t)MUST(native_event_create(value));
}

static uint32_t mint(uint32_t slot, uint32_t rights)
{
	return (uint32_t)MUST(native_cap_mint(slot, rights, 0));
}

static void close_all(const uint32_t *slots, size_t count)
{
	for (size_t i = 0; i < count; i++)
		CHECK_EQ(native_cap_close(slots[i]), 0);
}

#define CLOSE(...)                                                                                 \
	close_all((const uint32_t[]){__VA_ARGS__},                                                 \
		  sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static int64_t add(uint32_t event)
{
	return native_event_add(event, 1, NATIVE_POLL);
}

static int64_t take(uint32_t event)
{
	uint64_t value;

	return native_event_take(event, NATIVE_TAKE_ALL, NATIVE_POLL, &value);
}

static void rights_only_shrink(void)
{
	uint32_t event = new_event(5);
	uint32_t reader = mint(event, RIGHT_WAIT | RIGHT_MINT | RIGHT_DUPLICATE);
	uint32_t copy;
	uint32_t wider;

	CHECK_EQ(add(reader), -EACCES);
	CHECK_EQ(take(reader), 0);
	copy = (uint32_t)MUST(native_cap_copy(reader, RIGHTS_ALL));
	wider = mint(reader, RIGHTS_ALL);
	CHECK_EQ(cap_info_of(copy).rights, cap_info_of(reader).rights);
	CHECK_EQ(cap_info_of(wider).rights, cap_info_of(reader).rights);
	CHECK_EQ(add(copy), -EACCES);
	CHECK_EQ(add(wider), -EACCES);
	CHECK_EQ(native_cap_revoke(wider, NATIVE_REVOKE_SELF), -EACCES);
	CLOSE(event, reader, copy, wider);
}

static void rights_are_needed(void)
{
	uint32_t event = new_event(0);
	uint32_t bare = mint(event, RIGHT_SIGNAL);

	CHECK_EQ(native_cap_mint(bare, RIGHTS_ALL, 0), -EACCES);
	CHECK_EQ(native_cap_copy(bare, RIGHTS_ALL), -EACCES);
	CHECK_EQ(native_cap_revoke(bare, NATIVE_REVOKE_SELF), -EACCES);
	CHECK_EQ(add(bare), 0);
	CHECK_EQ(take(event), 0);
	CLOSE(event, bare);
}

static void mint_tells_badge(void)
{
	uint32_t event = new_event(0);
	uint32_t minted = (uint32_t)MUST(native_cap_mint(event, RIGHTS_ALL, 0x1234567890));
	struct native_cap_info of_event = cap_info_of(event);
	struct native_cap_info of_minted = cap_info_of(minted);

	CHECK_EQ(of_minted.badge, 0x1234567890);
	CHECK_EQ(of_minted.parent_id, of_event.grant_id);
	CHECK_EQ(of_minted.object_id, of_event.object_id);
	CHECK_EQ(of_minted.type, NATIVE_TYPE_EVENT);
	CHECK_EQ(of_minted.owns_grant, 1);
	CHECK_EQ(of_event.owns_grant, 0);
	CLOSE(event, minted);
}

static void empty_slots(void)
{
	uint32_t event = new_event(0);

	CHECK_EQ(native_cap_close(event), 0);
	CHECK_EQ(native_cap_close(event), -EBADF);
	CHECK_EQ(add(event), -EBADF);
	CHECK_EQ(native_cap_mint(NATIVE_NO_SLOT, RIGHTS_ALL, 0), -EBADF);
	/* More than 32 bits are not cut to a slot that exists. */
	event = new_event(0);
	CHECK_EQ(native_call3(NATIVE_EVENT_ADD, 0x100000000ull | event, 1, 0), -EBADF);
	CLOSE(event);
	/* The lowest free slot is taken first. */
	CHECK_EQ(new_event(0), event);
	CLOSE(event);
}

static void revoke_of_self(void)
{
	uint32_t event = new_event(3);
	uint32_t top = mint(event, RIGHTS_ALL);
	uint32_t below = mint(top, RIGHTS_ALL);
	uint32_t copy = (uint32_t)MUST(native_cap_copy(below, RIGHTS_ALL));
	uint32_t beside = mint(event, RIGHTS_ALL);

	CHECK_EQ(native_cap_revoke(top, NATIVE_REVOKE_SELF), 0);
	CHECK_EQ(add(top), -EIO);
	CHECK_EQ(add(below), -EIO);
	CHECK_EQ(add(copy), -EIO);
	CHECK_EQ(native_cap_mint(below, RIGHTS_ALL, 0), -EIO);
	CHECK_EQ(cap_info_of(copy).is_dead, 1);
	CHECK_EQ(add(beside), 0);
	CHECK_EQ(add(event), 0);
	CHECK_EQ(native_cap_revoke(top, NATIVE_REVOKE_SELF), 0);
	CLOSE(event, top, below, copy, beside);
}

static void revoke_of_descendants(void)
{
	uint32_t event = new_event(0);
	uint32_t top = mint(event, RIGHTS_ALL);
	uint32_t below = mint(top, RIGHTS_ALL);

	CHECK_EQ(native_cap_revoke(top, NATIVE_REVOKE_DESCENDANTS), 0);
	CHECK_EQ(add(below), -EIO);
	CHECK_EQ(add(top), 0);
	/* It can be handed out anew. */
	CLOSE(below);
	below = mint(top, RIGHTS_ALL);
	CHECK_EQ(add(below), 0);
	CLOSE(event, top, below);
}

/* The event is under the grant of the job: to end that would end everything. */
static void only_own_grants(void)
{
	uint32_t event = new_event(0);

	CHECK_EQ(native_cap_revoke(event, NATIVE_REVOKE_SELF), -EPERM);
	CHECK_EQ(native_cap_revoke(event, 7), -EINVAL);
	CHECK_EQ(add(event), 0);
	CLOSE(event);
}

/* --- While it is used --- */

struct sleeper {
	uint32_t slot;
	struct board board;
};

static void sleep_in_event(void *arg)
{
	struct sleeper *sleeper = arg;
	uint64_t value;

	__atomic_store_n(&sleeper->board.ready, 1, __ATOMIC_RELEASE);
	sleeper->board.result =
		native_event_take(sleeper->slot, NATIVE_TAKE_ALL, NATIVE_FOREVER, &value);
	__atomic_store_n(&sleeper->board.ready, 2, __ATOMIC_RELEASE);
}

static void revoke_wakes_a_sleeper(void)
{
	static struct sleeper sleeper;
	uint32_t event = new_event(0);
	uint32_t minted = mint(event, RIGHTS_ALL);

	sleeper = (struct sleeper){.slot = minted};
	MUST(native_thread_start(sleep_in_event, &sleeper));
	spin_until(&sleeper.board.ready, 1);
	sleep_ms(20);
	CHECK_EQ(native_cap_revoke(minted, NATIVE_REVOKE_SELF), 0);
	spin_until(&sleeper.board.ready, 2);
	CHECK_EQ(sleeper.board.result, -EIO);
	CLOSE(event, minted);
}

/* Adds for as long as it may; tells how often. */
static int add_until_revoked(int argc, char **argv)
{
	struct board *board = map_shared(1, PAGE);
	int64_t err;

	(void)argc;
	(void)argv;
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	do {
		err = add(0);
		board->count++;
	} while (!err);
	return err == -EIO ? 0 : 1;
}

static void revoke_while_another_process_uses(void)
{
	uint32_t event = new_event(0);
	uint32_t minted = mint(event, RIGHTS_ALL);
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	struct board *board = map_shared(memory, PAGE);
	int64_t child = child_spawn("add", (const uint32_t[]){minted, memory}, 2, CHILD_CONSOLE,
				    NATIVE_NO_SLOT);
	uint64_t before = 0;
	uint64_t after = 0;

	MUST(child);
	spin_until(&board->ready, 1);
	sleep_ms(10);
	CHECK_EQ(native_cap_revoke(minted, NATIVE_REVOKE_SELF), 0);
	/* Nothing is added from here on. */
	CHECK_EQ(native_event_take(event, NATIVE_TAKE_ALL, NATIVE_POLL, &before), 0);
	CHECK_EQ(child_wait(child), 0);
	CHECK_EQ(native_event_take(event, NATIVE_TAKE_ALL, NATIVE_POLL, &after), -EAGAIN);
	CHECK(before > 0);
	CHECK_EQ(before + 1, board->count);
	CHECK_EQ(native_mem_unmap((uint64_t)board, PAGE), 0);
	CLOSE(event, minted, memory);
}

/* --- Endpoints --- */

static int call_until_revoked(int argc, char **argv)
{
	struct native_message message = {0};
	int64_t err;

	(void)argc;
	(void)argv;
	do
		err = native_ep_call(0, &message, 0, NULL, NATIVE_FOREVER);
	while (!err);
	return err == -EIO ? 0 : (int)-err;
}

static void revoke_of_an_endpoint_in_use(void)
{
	struct native_message message;
	uint32_t ends[2];
	uint32_t minted;
	int64_t child;

	MUST(native_ep_create(ends));
	minted = (uint32_t)MUST(native_cap_mint(ends[1], RIGHTS_ALL, 77));
	child = MUST(child_spawn("call", &minted, 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, in_ms(5000)), 0);
	CHECK_EQ(message.badge, 77);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(native_ep_reply_recv(ends[0], &message, 0, NULL, in_ms(5000)), 0);
	/* Now it sleeps and waits for an answer, which then has nobody to go to. */
	CHECK_EQ(native_cap_revoke(minted, NATIVE_REVOKE_SELF), 0);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EPIPE);
	CHECK_EQ(child_wait(child), 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_POLL), -EAGAIN);
	CLOSE(ends[0], ends[1], minted);
}

static void receive(void *arg)
{
	struct sleeper *sleeper = arg;
	struct native_message message;

	__atomic_store_n(&sleeper->board.ready, 1, __ATOMIC_RELEASE);
	sleeper->board.result = native_ep_recv(sleeper->slot, &message, 0, NULL, NATIVE_FOREVER);
	__atomic_store_n(&sleeper->board.ready, 2, __ATOMIC_RELEASE);
}

static void revoke_of_a_receiver(void)
{
	static struct sleeper sleeper;
	uint32_t ends[2];
	uint32_t minted;

	MUST(native_ep_create(ends));
	minted = mint(ends[0], RIGHTS_ALL);
	sleeper = (struct sleeper){.slot = minted};
	MUST(native_thread_start(receive, &sleeper));
	spin_until(&sleeper.board.ready, 1);
	sleep_ms(20);
	CHECK_EQ(native_cap_revoke(minted, NATIVE_REVOKE_SELF), 0);
	spin_until(&sleeper.board.ready, 2);
	CHECK_EQ(sleeper.board.result, -EIO);
	CLOSE(ends[0], ends[1], minted);
}

/* --- Memory --- */

/* Writes into memory that is taken away; that must be its end. */
static _Noreturn void write_forever(volatile uint64_t *memory)
{
	for (;;)
		memory[0]++;
}

static int write_until_revoked(int argc, char **argv)
{
	struct board *board = map_shared(1, PAGE);
	volatile uint64_t *memory = map_shared(0, PAGE);

	(void)argc;
	(void)argv;
	__atomic_store_n(&board->ready, 1, __ATOMIC_RELEASE);
	write_forever(memory);
}

static void revoke_of_mapped_memory(void)
{
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	uint32_t minted = mint(memory, RIGHTS_ALL);
	uint32_t shared = (uint32_t)MUST(native_mem_create(PAGE));
	struct board *board = map_shared(shared, PAGE);
	volatile uint64_t *view = map_shared(memory, PAGE);
	int64_t child = child_spawn("write", (const uint32_t[]){minted, shared}, 2, CHILD_CONSOLE,
				    NATIVE_NO_SLOT);
	uint64_t seen;

	MUST(child);
	spin_until(&board->ready, 1);
	while (view[0] == 0)
		;
	CHECK_EQ(native_cap_revoke(minted, NATIVE_REVOKE_SELF), 0);
	/* From here on nothing changes, though the other one tries. */
	seen = view[0];
	sleep_ms(5);
	CHECK_EQ(view[0], seen);
	CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_FAULTED));
	CHECK_EQ(native_mem_map(minted, 0, PAGE, 0, NATIVE_PROT_READ, 0), -EIO);
	CHECK_EQ(native_mem_unmap((uint64_t)view, PAGE), 0);
	CHECK_EQ(native_mem_unmap((uint64_t)board, PAGE), 0);
	CLOSE(memory, minted, shared);
}

static void memory_rights(void)
{
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	uint32_t reader = mint(memory, RIGHT_READ | RIGHT_MAP | RIGHT_STAT);
	uint64_t word = 42;
	int64_t at;

	CHECK_EQ(native_mem_write(memory, 8, &word, sizeof(word)), 0);
	CHECK_EQ(native_mem_write(reader, 8, &word, sizeof(word)), -EACCES);
	word = 0;
	CHECK_EQ(native_mem_read(reader, 8, &word, sizeof(word)), 0);
	CHECK_EQ(word, 42);
	CHECK_EQ(native_mem_size(reader), PAGE);
	CHECK_EQ(native_mem_map(reader, 0, PAGE, 0, NATIVE_PROT_READ | NATIVE_PROT_WRITE,
				NATIVE_MAP_SHARED),
		 -EACCES);
	CHECK_EQ(native_mem_map(reader, 0, PAGE, 0, NATIVE_PROT_EXEC, 0), -EACCES);
	at = MUST(native_mem_map(reader, 0, PAGE, 0, NATIVE_PROT_READ, NATIVE_MAP_SHARED));
	CHECK_EQ(((volatile uint64_t *)at)[1], 42);
	/* Nor later, by another way. */
	CHECK_EQ(native_mem_protect((uint64_t)at, PAGE, NATIVE_PROT_READ | NATIVE_PROT_WRITE),
		 -EACCES);
	CHECK_EQ(native_mem_unmap((uint64_t)at, PAGE), 0);
	/* A private copy may be written: the object does not change. */
	at = MUST(native_mem_map(reader, 0, PAGE, 0, NATIVE_PROT_READ | NATIVE_PROT_WRITE, 0));
	((volatile uint64_t *)at)[1] = 43;
	CHECK_EQ(native_mem_read(memory, 8, &word, sizeof(word)), 0);
	CHECK_EQ(word, 42);
	CHECK_EQ(native_mem_unmap((uint64_t)at, PAGE), 0);
	CLOSE(memory, reader);
}

/* --- Looking at the whole --- */

static struct native_audit entries[256];

static void the_graph_can_be_read(void)
{
	uint32_t event = new_event(0);
	uint32_t minted = (uint32_t)MUST(native_cap_mint(event, RIGHT_WAIT, 4711));
	struct native_cap_info info = cap_info_of(minted);
	bool has_grant = false;
	bool has_cap = false;
	uint64_t first = 0;
	int64_t n;

	do {
		n = MUST(native_cap_list(test_root_job(), first, entries, ARRAY_LEN(entries)));
		for (int64_t i = 0; i < n; i++) {
			const struct native_audit *entry = &entries[i];

			if (entry->kind == NATIVE_AUDIT_GRANT && entry->grant_id == info.grant_id)
				has_grant = entry->badge == 4711;
			if (entry->kind == NATIVE_AUDIT_SPACE && entry->grant_id == info.grant_id)
				has_cap = entry->rights == RIGHT_WAIT && entry->slot == minted &&
					  entry->object_id == info.object_id;
		}
		first += (uint64_t)n;
	} while (n > 0);
	CHECK(has_grant);
	CHECK(has_cap);
	CLOSE(event, minted);
}

static void only_who_may_reads_it(void)
{
	uint32_t job = test_job();
	uint32_t blind = mint(test_root_job(), RIGHTS_ALL & ~(uint32_t)RIGHT_INSPECT);

	CHECK_EQ(native_cap_list(job, 0, entries, 1), -EPERM);
	CHECK_EQ(native_cap_list(blind, 0, entries, 1), -EACCES);
	CHECK_EQ(native_cap_list(test_root_job(), 0, NULL, 1), -EFAULT);
	CLOSE(job, blind);
}

static const struct test tests[] = {
	{rights_only_shrink, "no copy and no mint has a right that its origin lacks"},
	{rights_are_needed, "mint, copy and revoke need their rights"},
	{mint_tells_badge, "a minted capability has a badge and a grant of its own"},
	{empty_slots, "empty and wild slots are -EBADF"},
	{revoke_of_self, "revoke ends a grant, what was derived from it, and nothing else"},
	{revoke_of_descendants, "revoke of descendants leaves the grant itself"},
	{only_own_grants, "a grant that was not made for the capability is not revoked"},
	{revoke_wakes_a_sleeper, "revoke wakes a thread that sleeps in the object, with -EIO"},
	{revoke_while_another_process_uses, "after revoke another process uses it no more"},
	{revoke_of_an_endpoint_in_use, "revoke of an endpoint ends the call of who waits for it"},
	{revoke_of_a_receiver, "revoke of the receiving end wakes a receiver"},
	{revoke_of_mapped_memory, "revoke takes mapped memory away while it is written"},
	{memory_rights, "a mapping allows what the capability does"},
	{the_graph_can_be_read, "who holds what, derived from what, can be read"},
	{only_who_may_reads_it, "and only with INSPECT on the job of all jobs"},
};

static const struct test_mode modes[] = {{"add", add_until_revoked},
					 {"call", call_until_revoked},
					 {"write", write_until_revoked},
					 {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
