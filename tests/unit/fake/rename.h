/*
 * Forced in front of kernel/lib when it is built for the host: our memory and
 * string functions get names of their own there, so that they neither replace
 * the C library's in the test program nor escape the sanitizers.
 */
#ifndef TESTS_UNIT_FAKE_RENAME_H
#define TESTS_UNIT_FAKE_RENAME_H

#define memcpy k_memcpy
#define memmove k_memmove
#define memset k_memset
#define memcmp k_memcmp
#define memchr k_memchr
#define strlen k_strlen
#define strnlen k_strnlen
#define strcmp k_strcmp
#define strncmp k_strncmp
#define strchr k_strchr
#define strrchr k_strrchr
#define strstr k_strstr

#endif
