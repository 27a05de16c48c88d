/* set_robust_list, get_robust_list: what a thread leaves behind. */
#include "tests/guest/linux/test.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct entry {
	struct entry *next;
	uint32_t word;
};

struct head {
	struct entry *first;
	long offset;
	struct entry *pending;
};

static void the_list_is_told(void)
{
	struct head head, *found = NULL;
	size_t len = 0;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (syscall(SYS_set_robust_list, &head, sizeof(head)) != 0)
			_exit(1);
		if (syscall(SYS_get_robust_list, 0, &found, &len) != 0)
			_exit(2);
		syscall(SYS_set_robust_list, NULL, sizeof(head));
		_exit(found == &head && len == sizeof(head) ? 0 : 3);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_ERR(syscall(SYS_set_robust_list, &head, 8), EINVAL);
	CHECK_ERR(syscall(SYS_get_robust_list, 1 << 29, &found, &len), ESRCH);
}

static void the_owner_that_died_is_marked(void)
{
	struct {
		struct head head;
		struct entry held, free, pending;
	} *mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();

	if (pid == 0) {
		uint32_t tid = (uint32_t)syscall(SYS_gettid);

		mem->held.word = tid | 0x80000000;
		mem->free.word = tid + 1;
		mem->pending.word = tid;
		mem->head.first = &mem->held;
		mem->held.next = &mem->free;
		mem->free.next = (struct entry *)&mem->head;
		mem->head.offset = offsetof(struct entry, word);
		mem->head.pending = &mem->pending;
		syscall(SYS_set_robust_list, &mem->head, sizeof(mem->head));
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_EQ(mem->held.word, 0xc0000000);
	CHECK_EQ(mem->free.word, (uint32_t)pid + 1);
	CHECK_EQ(mem->pending.word, 0x40000000);
	munmap(mem, 4096);
}

static void a_list_without_end_ends(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		static struct entry loop;
		static struct head head;

		loop.next = &loop;
		head.first = &loop;
		head.offset = offsetof(struct entry, word);
		syscall(SYS_set_robust_list, &head, sizeof(head));
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_set_robust_list, (void *)0x1234568, sizeof(struct head));
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static pthread_mutex_t *mutex;

static void *hold(void *arg)
{
	pthread_mutex_lock(mutex);
	return arg;
}

static void a_robust_mutex_tells_of_its_owner(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t storage;
	pthread_t thread;

	mutex = &storage;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	CHECK_EQ(pthread_mutex_init(mutex, &attr), 0);
	CHECK_EQ(pthread_create(&thread, NULL, hold, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(mutex), 0);
	CHECK_EQ(pthread_mutex_unlock(mutex), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{the_list_is_told, "the list is kept and told"},
		{the_owner_that_died_is_marked, "the words of an owner that died are marked"},
		{a_list_without_end_ends, "a list without an end, or a wild one, ends"},
		{a_robust_mutex_tells_of_its_owner, "a robust mutex tells of its owner's end"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
