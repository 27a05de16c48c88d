/*
 * Heapsort: never worse than O(n log n), whoever chose the order, which neither
 * quicksort nor a kernel stack would forgive.
 */
#include "kernel/lib/sort.h"

#include "kernel/lib/compiler.h"
#include "kernel/lib/string.h"

/* Everything one sift step needs to know. */
struct heap {
	char *base;
	size_t size;
	sort_compare_fn *compare;
};

static char *element(const struct heap *heap, size_t index)
{
	return heap->base + index * heap->size;
}

static void swap(const struct heap *heap, size_t i, size_t j)
{
	char *a = element(heap, i), *b = element(heap, j);
	char piece[64];

	for (size_t left = heap->size; left;) {
		size_t len = MIN(left, sizeof(piece));

		memcpy(piece, a, len);
		memcpy(a, b, len);
		memcpy(b, piece, len);
		a += len;
		b += len;
		left -= len;
	}
}

/* Lets the element at index sink until neither child is greater. */
static void sift_down(const struct heap *heap, size_t index, size_t count)
{
	for (;;) {
		size_t child = 2 * index + 1;

		if (child >= count)
			return;
		if (child + 1 < count &&
		    heap->compare(element(heap, child), element(heap, child + 1)) < 0)
			child++;
		if (heap->compare(element(heap, index), element(heap, child)) >= 0)
			return;
		swap(heap, index, child);
		index = child;
	}
}

void sort(void *base, size_t count, size_t size, sort_compare_fn *compare)
{
	const struct heap heap = {.base = base, .size = size, .compare = compare};

	for (size_t i = count / 2; i > 0; i--)
		sift_down(&heap, i - 1, count);
	for (size_t end = count; end > 1; end--) {
		swap(&heap, 0, end - 1);
		sift_down(&heap, 0, end - 1);
	}
}
