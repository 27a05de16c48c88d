/*
 * What every unit test starts with: cmocka, sentences as names, and a random
 * sequence that is the same in every run.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TEST(function, sentence)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function)                                        \
	}

/* The body of main(): runs the array tests and returns the number of failures. */
#define RUN_TESTS(group) cmocka_run_group_tests_name(group, tests, NULL, NULL)

/* Evenly distributed in 0..bound - 1; *state is any number, the sequence's start. */
static inline uint64_t test_random(uint64_t *state, uint64_t bound)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (x ^ (x >> 31)) % bound;
}

#endif
