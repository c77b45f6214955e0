#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aside.h"
#include "file.h"
#include "keys.h"
#include "view.h"
#include "view_table.h"

/* One folder of a walk. */
struct walk {
    const struct view *view;
    struct view_domain *domain;
    const char *folder;           /* below the store */
    unsigned depth;               /* below the domain's folder */
    bool aside;                   /* in the quarantine */
    const struct view_skip *skip; /* or NULL: tables, archive and all */
};

/* ---- tables ---- */

static enum rua_verdict
look_at_table(const struct walk *walk, const struct view_table *table,
              struct rua_file_facts *ret_facts, struct rua_err *err)
{
    int fd;
    enum rua_verdict v =
        rua_file_open_to_read(walk->view->root, table->path, &fd, err);

    if (v != RUA_OK)
        return v;
    v = rua_file_look(fd, table->path, ret_facts, err);
    close(fd);
    return v;
}

static enum rua_verdict
add_table(const struct walk *walk, const struct view_table *table,
          struct rua_err *err)
{
    struct view_domain *domain = walk->domain;
    struct rua_file_facts facts = {0};
    struct rua_err why = {0};
    enum rua_verdict v = look_at_table(walk, table, &facts, &why);

    if (v == RUA_NOT_REPORT)
        return RUA_OK;
    if (v != RUA_OK && walk->skip) {
        walk->skip->say(walk->skip->ctx, why.sentence);
        return RUA_OK;
    }
    if (v != RUA_OK)
        return rua_err_set(err, v, "%s", why.sentence);
    if (domain->n == domain->room) {
        domain->room = domain->room ? domain->room * 2 : 16;
        domain->tables =
            rua_realloc(domain->tables, domain->room * sizeof(*domain->tables));
    }
    domain->tables[domain->n] = *table;
    domain->tables[domain->n].inode = facts.inode;
    domain->tables[domain->n++].size = facts.size;
    return v;
}

/* ---- the archive ---- */

/* In the quarantine the same message may be kept in another month. */
static void
add_pruned(const struct walk *walk, const char *key)
{
    char path[1024];

    if (walk->aside)
        snprintf(path, sizeof(path), "%s/%s.eml", walk->folder, key);
    view_names_add(&walk->domain->pruned, walk->aside ? path : key);
}

static enum rua_verdict
read_pruned(const struct walk *walk, const char *path, struct rua_err *err)
{
    struct rua_keys keys = {0};
    int fd;
    enum rua_verdict v =
        rua_file_open_to_read(walk->view->root, path, &fd, err);

    if (v != RUA_OK)
        return v == RUA_NOT_REPORT ? RUA_OK : v;
    v = rua_keys_read(&keys, fd, err);
    close(fd);
    for (size_t i = 0; i < keys.n; i++)
        add_pruned(walk, keys.keys[i]);
    rua_keys_done(&keys);
    return v;
}

/* A mail of the quarantine: the digest that it is named by is for verify. */
static bool
is_mail(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && strcmp(name + n - 4, ".eml") == 0;
}

/* A name of the archive: a report, a file of keys, or a folder with these; or
 * of the quarantine: a mail, or a folder with mails. */
static enum rua_verdict
add_archived(void *ctx, const char *name, struct rua_err *err)
{
    const struct walk *walk = ctx;
    char path[1024], key[VIEW_KEY];
    bool folder = false;
    struct walk below = {walk->view,      walk->domain, path,
                         walk->depth + 1, walk->aside,  walk->skip};

    snprintf(path, sizeof(path), "%s/%s", walk->folder, name);
    if (walk->aside ? is_mail(name) : view_key(name, key))
        view_names_add(&walk->domain->archive, path);
    else if (strcmp(name, RUA_KEYS_FILE) == 0)
        return read_pruned(walk, path, err);
    else if (walk->depth < 3 &&
             rua_file_folder_exists(walk->view->root, path, &folder, NULL) ==
                 RUA_OK &&
             folder)
        return rua_file_each(walk->view->root, path, add_archived, &below, err);
    else
        view_names_add(&walk->domain->foreign, path);
    return RUA_OK;
}

/* ---- the folder ---- */

static enum rua_verdict
add_name(void *ctx, const char *name, struct rua_err *err)
{
    const struct walk *walk = ctx;
    char path[1024];
    struct walk archive = {walk->view, walk->domain, path, 1, false, NULL};
    struct view_table table = {.suffix = 1};

    snprintf(path, sizeof(path), "%s/%s", walk->folder, name);
    if (view_table_cut(walk->folder, name, &table))
        return add_table(walk, &table, err);
    if (walk->aside)
        return add_archived(ctx, name, err);
    if (strcmp(name, "archive") == 0)
        return walk->skip ? RUA_OK
                          : rua_file_each(walk->view->root, path, add_archived,
                                          &archive, err);
    view_names_add(&walk->domain->foreign, path);
    return RUA_OK;
}

/* ---- what the journal may still do ---- */

/* The table that rows are meant for: by its inode, whatever it is called now,
 * as redo.h has it. In a store that was copied, all inodes are others: there it
 * is the one of the name, unless that is a younger table, which other rows of
 * the journal are meant for. */
static struct view_table *
find_table(const struct view_domain *domain, const struct rua_op *op)
{
    struct view_table *named = NULL;

    for (size_t i = 0; i < domain->n; i++) {
        if (domain->tables[i].inode == op->inode)
            return &domain->tables[i];
        if (strcmp(domain->tables[i].path, op->path) == 0)
            named = &domain->tables[i];
    }
    return named && !named->recorded ? named : NULL;
}

static void
find_recorded(struct view_domain *domain, const struct view_pending *pending)
{
    for (size_t i = 0; i < domain->n; i++)
        for (size_t j = 0; !domain->tables[i].recorded && j < pending->n; j++)
            domain->tables[i].recorded =
                pending->ops[j].kind == RUA_OP_ROWS &&
                pending->ops[j].inode == domain->tables[i].inode;
}

static bool
is_in(const struct rua_op *op, const char *folder)
{
    size_t n = strlen(folder);

    return strncmp(op->path, folder, n) == 0 && op->path[n] == '/';
}

static int
compare_paths(const void *path, const void *name)
{
    return strcmp(path, *(char *const *)name);
}

/* Takes out the rows from there on, and the files. An entry has one file. */
static void
leave_out(struct view_domain *domain, const struct view_pending *pending)
{
    struct view_names files = {0}, *archive = &domain->archive;
    size_t kept = 0;

    find_recorded(domain, pending);
    for (size_t j = 0; j < pending->n; j++) {
        const struct rua_op *op = &pending->ops[j];
        struct view_table *table;
        if (!is_in(op, domain->name))
            continue;
        if (op->kind == RUA_OP_FILE) {
            view_names_add(&files, op->path);
            continue;
        }
        table = find_table(domain, op);
        if (table && op->offset < table->size)
            table->size = op->offset;
    }
    domain->pending = files.n;
    view_names_sort(&files);
    for (size_t i = 0; i < archive->n; i++)
        if (!files.n || !bsearch(archive->names[i], files.names, files.n,
                                 sizeof(*files.names), compare_paths))
            archive->names[kept++] = archive->names[i];
    archive->n = kept;
    view_names_done(&files);
}

/* What is wrong with the journal is for view_journal()'s own caller to say. */
static enum rua_verdict
look(const struct view *view, const char *name, const struct view_skip *skip,
     struct view_domain *ret_domain, struct rua_err *err)
{
    struct walk walk = {
        view, ret_domain, name, 0, strcmp(name, RUA_FOLDER_QUARANTINE) == 0,
        skip};
    struct view_pending pending = {0};
    enum rua_verdict v;

    *ret_domain = (struct view_domain){.name = name};
    v = view_take_lock(view, err);
    if (v != RUA_OK)
        return v;
    view_journal(view, false, &pending, NULL);
    if (rua_file_each(view->root, name, add_name, &walk, err) != RUA_OK)
        v = RUA_BAD;
    view_leave_lock(view);
    if (v == RUA_OK)
        leave_out(ret_domain, &pending);
    view_pending_done(&pending);
    view_table_sort(view, ret_domain);
    view_names_sort(&ret_domain->archive);
    view_names_sort(&ret_domain->pruned);
    view_names_sort(&ret_domain->foreign);
    return v;
}

enum rua_verdict
view_look(const struct view *view, const char *name,
          struct view_domain *ret_domain, struct rua_err *err)
{
    return look(view, name, NULL, ret_domain, err);
}

enum rua_verdict
view_tables(const struct view *view, const char *name,
            const struct view_skip *skip, struct view_domain *ret_domain,
            struct rua_err *err)
{
    return look(view, name, skip, ret_domain, err);
}

void
view_domain_done(struct view_domain *domain)
{
    free(domain->tables);
    view_names_done(&domain->archive);
    view_names_done(&domain->pruned);
    view_names_done(&domain->foreign);
    *domain = (struct view_domain){0};
}
