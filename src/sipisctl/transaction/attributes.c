/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/attributes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/array.h"

void attributes_done(struct attributes *attributes)
{
	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		free(attributes->xattrs[i].name);
		free(attributes->xattrs[i].value);
	}
	free(attributes->xattrs);
	*attributes = (struct attributes){};
}

int attributes_add_xattr(struct attributes *attributes, const char *name, const void *value,
			 size_t size)
{
	struct xattr *xattr;

	if (ARRAY_RESERVE(attributes->xattrs, attributes->n_xattrs, attributes->capacity) < 0)
		return -ENOMEM;
	xattr = &attributes->xattrs[attributes->n_xattrs];
	*xattr = (struct xattr){strdup(name), malloc(size + 1), size};
	if (!xattr->name || !xattr->value) {
		free(xattr->name);
		free(xattr->value);
		return -ENOMEM;
	}
	memcpy(xattr->value, value, size);
	attributes->n_xattrs++;
	return 0;
}

/* Both limits are the kernel's. */
enum { XATTR_SIZE_MAX_BYTES = 65536, XATTR_NAMES_MAX_BYTES = 65536 };

/* They vouch for the very bytes of a file, and the system makes them. */
static bool is_of_bytes(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

static int read_xattr(int fd, const char *name, struct attributes *attributes)
{
	_cleanup_free_ char *value = malloc(XATTR_SIZE_MAX_BYTES);
	ssize_t size;

	if (!value)
		return -ENOMEM;
	size = fgetxattr(fd, name, value, XATTR_SIZE_MAX_BYTES);
	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	return attributes_add_xattr(attributes, name, value, (size_t)size);
}

static int read_xattrs(int fd, struct attributes *attributes)
{
	_cleanup_free_ char *names = malloc(XATTR_NAMES_MAX_BYTES);
	ssize_t size;
	int r = 0;

	if (!names)
		return -ENOMEM;
	size = flistxattr(fd, names, XATTR_NAMES_MAX_BYTES);
	if (size < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; r == 0 && name < names + size; name += strlen(name) + 1)
		r = is_of_bytes(name) ? 0 : read_xattr(fd, name, attributes);
	return r;
}

int attributes_read(int fd, struct attributes *ret_attributes)
{
	struct attributes attributes = {};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	attributes.mode = st.st_mode & 07777;
	attributes.uid = st.st_uid;
	attributes.gid = st.st_gid;
	r = read_xattrs(fd, &attributes);
	if (r < 0)
		attributes_done(&attributes);
	else
		*ret_attributes = attributes;
	return r;
}

int attributes_copy(const struct attributes *attributes, struct attributes *ret_attributes)
{
	struct attributes copy = {attributes->mode, attributes->uid, attributes->gid, NULL, 0, 0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < attributes->n_xattrs; i++)
		r = attributes_add_xattr(&copy, attributes->xattrs[i].name,
					 attributes->xattrs[i].value, attributes->xattrs[i].size);
	if (r < 0)
		attributes_done(&copy);
	else
		*ret_attributes = copy;
	return r;
}

static bool has_equal(const struct attributes *attributes, const struct xattr *xattr)
{
	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		const struct xattr *other = &attributes->xattrs[i];

		if (!strcmp(other->name, xattr->name))
			return other->size == xattr->size &&
			       !memcmp(other->value, xattr->value, xattr->size);
	}
	return false;
}

bool attributes_equal(const struct attributes *a, const struct attributes *b)
{
	if (a->mode != b->mode || a->uid != b->uid || a->gid != b->gid ||
	    a->n_xattrs != b->n_xattrs)
		return false;
	for (size_t i = 0; i < a->n_xattrs; i++)
		if (!has_equal(b, &a->xattrs[i]))
			return false;
	return true;
}

/* A security label that the system itself has given already need not be set. */
static bool has_xattr(int fd, const struct xattr *xattr)
{
	_cleanup_free_ char *value = malloc(xattr->size + 1);
	ssize_t size = value ? fgetxattr(fd, xattr->name, value, xattr->size + 1) : -1;

	return size >= 0 && (size_t)size == xattr->size &&
	       !memcmp(value, xattr->value, xattr->size);
}

/* The directory can have given the file a list of its own, that lets others in. */
static int remove_access_list(int fd)
{
	if (fremovexattr(fd, "system.posix_acl_access") < 0 && errno != ENODATA && errno != ENOTSUP)
		return -errno;
	return 0;
}

/* The mode comes last: a new owner takes bits off it, an access control list changes it. */
int attributes_apply(int fd, const struct attributes *attributes)
{
	int r;

	if (fchown(fd, attributes->uid, attributes->gid) < 0)
		return -errno;
	r = remove_access_list(fd);
	if (r < 0)
		return r;
	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		const struct xattr *xattr = &attributes->xattrs[i];

		if (!has_xattr(fd, xattr) &&
		    fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0) < 0)
			return -errno;
	}
	return fchmod(fd, attributes->mode) < 0 ? -errno : 0;
}
