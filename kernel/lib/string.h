/*
 * Memory and strings: the functions of C's <string.h> that the kernel uses,
 * with C's own contracts. The compiler calls the first four by itself.
 */
#ifndef KERNEL_LIB_STRING_H
#define KERNEL_LIB_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
void *memchr(const void *mem, int byte, size_t len);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *needle);

/*
 * Copies src, cut to size - 1 characters, and always terminates dst unless size
 * is 0. Returns the length of src: at least size means that it was cut.
 */
size_t strlcpy(char *dst, const char *src, size_t size);

/* Clears a secret; the compiler cannot drop it as a store nobody reads. */
void mem_wipe(void *mem, size_t len);

#endif
