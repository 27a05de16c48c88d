/* Sorting in place, without recursion or memory. Not stable. */
#ifndef KERNEL_LIB_SORT_H
#define KERNEL_LIB_SORT_H

#include <stddef.h>

/* Negative, zero or positive as a comes before, with or after b. */
typedef int sort_compare_fn(const void *a, const void *b);

/* count elements of size bytes each; O(count log count) always. */
void sort(void *base, size_t count, size_t size, sort_compare_fn *compare);

#endif
