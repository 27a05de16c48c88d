/* mmap, munmap, mprotect, mremap, brk. */
#include "tests/guest/linux/test.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static sigjmp_buf escape;

static void run_away(int sig)
{
	siglongjmp(escape, sig);
}

/* The signal that a write there gives, or 0. */
static int poke(volatile char *at)
{
	int sig;

	signal(SIGSEGV, run_away);
	signal(SIGBUS, run_away);
	sig = sigsetjmp(escape, 1);
	if (sig == 0)
		*at = 1;
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	return sig;
}

static char *map_at(void *addr, size_t len, int prot, int flags)
{
	return mmap(addr, len, prot, flags | MAP_ANONYMOUS, -1, 0);
}

static char *map(size_t len)
{
	return map_at(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static void new_memory_is_zero(void)
{
	char *mem = map(5 * PAGE);

	CHECK(mem != MAP_FAILED);
	for (size_t i = 0; i < 5 * PAGE; i += 511)
		CHECK_EQ(mem[i], 0);
	mem[3 * PAGE] = 7;
	CHECK_EQ(munmap(mem, 5 * PAGE), 0);
	CHECK_EQ(poke(mem), SIGSEGV);
}

static void bad_requests_are_refused(void)
{
	int rw = PROT_READ | PROT_WRITE;

	CHECK_ERR((long)map_at(NULL, 0, rw, MAP_PRIVATE), EINVAL);
	CHECK_ERR((long)map_at(NULL, PAGE, rw, 0), EINVAL);
	CHECK_ERR(syscall(SYS_mmap, 0, PAGE, rw, MAP_PRIVATE, -1, 0), EBADF);
	CHECK_ERR((long)map_at((void *)0x12345, PAGE, rw, MAP_PRIVATE | MAP_FIXED), EINVAL);
	CHECK_ERR(syscall(SYS_mmap, 0, ~0ul, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERR(syscall(SYS_mmap, 0, 1ul << 60, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	CHECK_ERR(munmap((void *)0x12345, PAGE), EINVAL);
	CHECK_ERR(munmap((void *)0x10000, 0), EINVAL);
}

static void fixed_replaces_and_noreplace_does_not(void)
{
	char *mem = map(3 * PAGE), *again;

	mem[PAGE] = 5;
	again = map_at(mem + PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED);
	CHECK(again == mem + PAGE);
	CHECK_EQ(mem[PAGE], 0);
	CHECK_ERR((long)map_at(mem + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE),
		  EEXIST);
	CHECK_EQ(munmap(mem + PAGE, PAGE), 0);
	CHECK(map_at(mem + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE) == mem + PAGE);
	CHECK_EQ(munmap(mem, 3 * PAGE), 0);
}

static void low_memory_is_low(void)
{
	char *mem = map_at(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_32BIT);

	CHECK(mem != MAP_FAILED);
	CHECK((uintptr_t)mem < 0x80000000ul);
	mem[0] = 1;
	CHECK_EQ(munmap(mem, PAGE), 0);
}

static void protection_holds(void)
{
	char *mem = map(3 * PAGE);

	memset(mem, 1, 3 * PAGE);
	CHECK_EQ(mprotect(mem + PAGE, PAGE, PROT_READ), 0);
	CHECK_EQ(poke(mem), 0);
	CHECK_EQ(poke(mem + PAGE), SIGSEGV);
	CHECK_EQ(mem[PAGE], 1);
	CHECK_EQ(poke(mem + 2 * PAGE), 0);
	CHECK_EQ(mprotect(mem + PAGE, PAGE, PROT_READ | PROT_WRITE), 0);
	CHECK_EQ(poke(mem + PAGE), 0);
	CHECK_EQ(mprotect(mem, PAGE, PROT_NONE), 0);
	CHECK_EQ(poke(mem), SIGSEGV);
	CHECK_ERR(syscall(SYS_mprotect, mem + 1, PAGE, PROT_READ), EINVAL);
	CHECK_ERR(syscall(SYS_mprotect, mem, PAGE, 0x40), EINVAL);
	munmap(mem + PAGE, PAGE);
	CHECK_ERR(mprotect(mem, 3 * PAGE, PROT_READ), ENOMEM);
	CHECK_EQ(munmap(mem, 3 * PAGE), 0);
}

static void code_can_be_made_and_run(void)
{
	static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	char *mem = map(PAGE);
	int (*fn)(void) = (int (*)(void))(uintptr_t)mem;

	memcpy(mem, code, sizeof(code));
	CHECK_EQ(mprotect(mem, PAGE, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(fn(), 42);
	CHECK_EQ(munmap(mem, PAGE), 0);
}

static void mremap_grows_with_its_content(void)
{
	char *mem = map(2 * PAGE), *moved;

	memset(mem, 3, 2 * PAGE);
	moved = mremap(mem, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED);
	CHECK_EQ(moved[0], 3);
	CHECK_EQ(moved[2 * PAGE - 1], 3);
	CHECK_EQ(moved[2 * PAGE], 0);
	CHECK(mremap(moved, 64 * PAGE, PAGE, 0) == moved);
	CHECK_EQ(poke(moved + PAGE), SIGSEGV);
	CHECK_EQ(munmap(moved, PAGE), 0);
}

static void mremap_moves_to_an_address(void)
{
	char *mem = map(2 * PAGE), *to = map(4 * PAGE), *moved;

	mem[PAGE] = 9;
	moved = mremap(mem, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE);
	CHECK(moved == to + PAGE);
	CHECK_EQ(moved[PAGE], 9);
	CHECK_EQ(poke(mem), SIGSEGV);
	CHECK_ERR((long)mremap(moved, PAGE, PAGE, 64), EINVAL);
	CHECK_ERR((long)mremap(moved, PAGE, PAGE, MREMAP_FIXED, to), EINVAL);
	CHECK_ERR((long)mremap(mem, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
	CHECK_EQ(munmap(to, 4 * PAGE), 0);
}

static void shared_memory_is_shared_with_a_child(void)
{
	char *shared = map_at(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED), *own = map(PAGE);
	pid_t pid = fork();

	if (pid == 0) {
		shared[0] = 1;
		own[0] = 1;
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_EQ(shared[0], 1);
	CHECK_EQ(own[0], 0);
	CHECK_EQ(munmap(shared, PAGE), 0);
	CHECK_EQ(munmap(own, PAGE), 0);
}

static void the_heap_grows_and_shrinks(void)
{
	uintptr_t start = (uintptr_t)syscall(SYS_brk, 0);
	volatile char *heap = (volatile char *)start;

	CHECK(start != 0);
	CHECK_EQ((uintptr_t)syscall(SYS_brk, start + 5 * PAGE), start + 5 * PAGE);
	heap[4 * PAGE] = 1;
	CHECK_EQ((uintptr_t)syscall(SYS_brk, start), start);
	CHECK_EQ((uintptr_t)syscall(SYS_brk, 1), start);
	CHECK_EQ((uintptr_t)syscall(SYS_brk, 1ul << 62), start);
	CHECK_EQ((uintptr_t)syscall(SYS_brk, start + 5 * PAGE), start + 5 * PAGE);
	CHECK_EQ(heap[4 * PAGE], 0);
	CHECK_EQ((uintptr_t)syscall(SYS_brk, start), start);
}

static void the_stack_grows(void)
{
	volatile char big[512 * 1024];

	for (size_t i = 0; i < sizeof(big); i += PAGE)
		big[sizeof(big) - 1 - i] = 1;
	CHECK_EQ(big[sizeof(big) - 1], 1);
}

int main(void)
{
	static const struct test tests[] = {
		{new_memory_is_zero, "new memory is zero, and gone when it is unmapped"},
		{bad_requests_are_refused, "bad requests are refused"},
		{fixed_replaces_and_noreplace_does_not, "MAP_FIXED replaces, NOREPLACE does not"},
		{low_memory_is_low, "MAP_32BIT gives low memory"},
		{protection_holds, "mprotect changes what is allowed"},
		{code_can_be_made_and_run, "code can be made and run"},
		{mremap_grows_with_its_content, "mremap grows and shrinks with the content"},
		{mremap_moves_to_an_address, "mremap moves to an address"},
		{shared_memory_is_shared_with_a_child, "shared memory is shared with a child"},
		{the_heap_grows_and_shrinks, "the heap grows and shrinks"},
		{the_stack_grows, "the stack grows"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
