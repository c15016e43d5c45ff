/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Cleanup attributes, ownership, sizes. */

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function)  __attribute__((cleanup(function)))
#define _printf_(text, args) __attribute__((format(printf, text, args)))
#define _unused_             __attribute__((unused))

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))

/* Return an owned pointer and set the variable to NULL: the caller takes over the ownership. */
#define TAKE_PTR(pointer)                               \
	({                                              \
		__typeof__(pointer) _taken = (pointer); \
		(pointer) = NULL;                       \
		_taken;                                 \
	})

/* Return a struct that owns memory and set the variable to {}, which owns nothing. */
#define TAKE_STRUCT(variable)                             \
	({                                                \
		__typeof__(variable) _taken = (variable); \
		(variable) = (__typeof__(variable)){};    \
		_taken;                                   \
	})

/* The same for a file descriptor: the variable is -1 afterwards. */
#define TAKE_FD(fd)              \
	({                       \
		int _taken = fd; \
		(fd) = -1;       \
		_taken;          \
	})

/* Define NAME_freep(), so that `_cleanup_(NAME_freep) struct NAME *x = NULL` frees x. */
#define DEFINE_FREEP(type, name, function)      \
	static inline void name(type **pointer) \
	{                                       \
		if (*pointer)                   \
			function(*pointer);     \
	}

static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

static inline void closep(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_free_  _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)

/* True in a build with AddressSanitizer. gcc defines a macro, clang answers __has_feature(). */
#ifdef __SANITIZE_ADDRESS__
#define HAVE_ADDRESS_SANITIZER true
#elif defined(__has_feature)
#define HAVE_ADDRESS_SANITIZER __has_feature(address_sanitizer)
#else
#define HAVE_ADDRESS_SANITIZER false
#endif
