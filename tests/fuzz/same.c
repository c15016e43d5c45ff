/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "same.h"

#include <string.h>

#include "fuzz.h"

static bool same_text(const xmlChar *a, const xmlChar *b)
{
	return a == b || (a && b && !strcmp((const char *)a, (const char *)b));
}

static bool same_namespace(const xmlNs *a, const xmlNs *b)
{
	return a == b || (a && b && same_text(a->href, b->href) && same_text(a->prefix, b->prefix));
}

static const xmlNode *next_kept(const struct same *same, const xmlNode *node)
{
	while (node && same->node_is_free && same->node_is_free(node))
		node = node->next;
	return node;
}

static const xmlAttr *next_fixed(const struct same *same, const xmlAttr *attribute)
{
	while (attribute && !attribute->ns &&
	       same->attribute_is_free(attribute->parent, (const char *)attribute->name))
		attribute = attribute->next;
	return attribute;
}

static void check_attributes(const struct same *same, const xmlNode *a, const xmlNode *b)
{
	const xmlAttr *x = next_fixed(same, a->properties), *y = next_fixed(same, b->properties);

	for (; x && y; x = next_fixed(same, x->next), y = next_fixed(same, y->next)) {
		xmlChar *one = xmlNodeListGetString(a->doc, x->children, 1);
		xmlChar *other = xmlNodeListGetString(b->doc, y->children, 1);

		CHECK(same_text(x->name, y->name) && same_namespace(x->ns, y->ns));
		CHECK(same_text(one, other));
		xmlFree(one);
		xmlFree(other);
	}
	CHECK(!x && !y);
}

static void check_siblings(const struct same *same, const xmlNode *a, const xmlNode *b)
{
	a = next_kept(same, a);
	b = next_kept(same, b);
	while (a && b) {
		CHECK(a->type == b->type && same_text(a->name, b->name));
		if (a->type == XML_ELEMENT_NODE) {
			CHECK(same_namespace(a->ns, b->ns));
			check_attributes(same, a, b);
			check_siblings(same, a->children, b->children);
		} else {
			CHECK(same_text(a->content, b->content));
		}
		a = next_kept(same, a->next);
		b = next_kept(same, b->next);
	}
	CHECK(!a && !b);
}

void check_same_trees(const struct same *same, const xmlDoc *a, const xmlDoc *b)
{
	check_siblings(same, a->children, b->children);
}
