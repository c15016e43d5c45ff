/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/transaction/attributes.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "util/array.h"
#include "util/macro.h"

static void xattr_done(struct xattr *xattr)
{
	free(xattr->name);
	free(xattr->value);
	*xattr = (struct xattr){};
}

void attributes_done(struct attributes *attributes)
{
	for (size_t i = 0; i < attributes->n_xattrs; i++)
		xattr_done(&attributes->xattrs[i]);
	free(attributes->xattrs);
	*attributes = (struct attributes){};
}

int attributes_add_xattr(struct attributes *attributes, const char *name, const void *value,
			 size_t size)
{
	_cleanup_(xattr_done) struct xattr xattr = {};

	if (ARRAY_RESERVE(attributes->xattrs, attributes->n_xattrs, attributes->capacity) < 0)
		return -ENOMEM;

	xattr.name = strdup(name);
	xattr.value = malloc(size + 1);
	xattr.size = size;
	if (!xattr.name || !xattr.value)
		return -ENOMEM;

	memcpy(xattr.value, value, size);
	attributes->xattrs[attributes->n_xattrs++] = TAKE_STRUCT(xattr);
	return 0;
}

/* The kernel's limits. */
enum { XATTR_SIZE_MAX_BYTES = 65536, XATTR_NAMES_MAX_BYTES = 65536 };

/* IMA and EVM hashes belong to the old content; the kernel computes new ones. */
static bool xattr_is_content_hash(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

static int attributes_read_xattr(int fd, const char *name, struct attributes *attributes)
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

static int attributes_read_xattrs(int fd, struct attributes *attributes)
{
	_cleanup_free_ char *names = malloc(XATTR_NAMES_MAX_BYTES);
	ssize_t size;
	int r;

	if (!names)
		return -ENOMEM;

	size = flistxattr(fd, names, XATTR_NAMES_MAX_BYTES);
	if (size < 0)
		return errno == ENOTSUP ? 0 : -errno;

	for (const char *name = names; name < names + size; name += strlen(name) + 1) {
		if (xattr_is_content_hash(name))
			continue;
		r = attributes_read_xattr(fd, name, attributes);
		if (r < 0)
			return r;
	}
	return 0;
}

int attributes_read(int fd, struct attributes *ret_attributes)
{
	_cleanup_(attributes_done) struct attributes attributes = {};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	attributes.mode = st.st_mode & 07777;
	attributes.uid = st.st_uid;
	attributes.gid = st.st_gid;

	r = attributes_read_xattrs(fd, &attributes);
	if (r < 0)
		return r;
	*ret_attributes = TAKE_STRUCT(attributes);
	return 0;
}

int attributes_copy(const struct attributes *attributes, struct attributes *ret_attributes)
{
	_cleanup_(attributes_done) struct attributes copy = {
		.mode = attributes->mode,
		.uid = attributes->uid,
		.gid = attributes->gid,
	};
	int r;

	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		const struct xattr *xattr = &attributes->xattrs[i];

		r = attributes_add_xattr(&copy, xattr->name, xattr->value, xattr->size);
		if (r < 0)
			return r;
	}
	*ret_attributes = TAKE_STRUCT(copy);
	return 0;
}

static bool attributes_have(const struct attributes *attributes, const struct xattr *xattr)
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
		if (!attributes_have(b, &a->xattrs[i]))
			return false;
	return true;
}

/* Return true if the file has it already: a security label that the kernel set may be read-only. */
static bool xattr_is_set(int fd, const struct xattr *xattr)
{
	_cleanup_free_ char *value = malloc(xattr->size + 1);
	ssize_t size = value ? fgetxattr(fd, xattr->name, value, xattr->size + 1) : -1;

	return size >= 0 && (size_t)size == xattr->size &&
	       !memcmp(value, xattr->value, xattr->size);
}

/* Drop the ACL that the file inherited from the directory's default ACL. */
static int file_drop_acl(int fd)
{
	if (fremovexattr(fd, "system.posix_acl_access") < 0 && errno != ENODATA && errno != ENOTSUP)
		return -errno;
	return 0;
}

/* The mode comes last: chown() clears bits of it, and an access control list changes it. */
int attributes_apply(int fd, const struct attributes *attributes)
{
	int r;

	if (fchown(fd, attributes->uid, attributes->gid) < 0)
		return -errno;
	r = file_drop_acl(fd);
	if (r < 0)
		return r;

	for (size_t i = 0; i < attributes->n_xattrs; i++) {
		const struct xattr *xattr = &attributes->xattrs[i];

		if (!xattr_is_set(fd, xattr) &&
		    fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0) < 0)
			return -errno;
	}
	return fchmod(fd, attributes->mode) < 0 ? -errno : 0;
}
