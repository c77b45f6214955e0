/* view_table.h - the tables in a folder, for view.h. */
#ifndef RUAMILL_VIEW_TABLE_H
#define RUAMILL_VIEW_TABLE_H

#include "view.h"

/* Cuts the name of a table in `folder` below the store into its parts; false
 * when it is none. Inode and size are left alone. */
bool view_table_cut(const char *folder, const char *name,
                    struct view_table *ret_table);

/* Endings of what other programs than gzip have packed, ended by a NULL. */
extern const char *const view_table_foreign[];

/* In the order that they were written in; and those that are packed and there
 * unpacked, too, are taken out. */
void view_table_sort(const struct view *view, struct view_domain *domain);

/* Pushes what is packed in `fd`, as view_push_table() does. */
enum rua_verdict view_table_unpack(int fd, const struct view_table *table,
                                   const struct rua_sink *sink,
                                   struct rua_err *err);

#endif
