/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* As asprintf(), for a program that ends where there is no memory. The caller frees it. */
__attribute__((format(printf, 1, 2))) char *format(const char *pattern, ...);
