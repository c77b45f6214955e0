#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include "nest.h"

/* In the stack, an element that is skipped is NULL, and one that stands around
 * <feedback>, or nothing, is `outside`. */
static const struct rua_element outside = {.name = ""};

/* Behind a <feedback>, what follows may turn out to be no part of it. */
static void
mark(void *ctx, const char *text, int len)
{
    struct rua_walk *walk = ctx;

    (void)text, (void)len;
    if (walk->met && !walk->open)
        rua_xml_mark(walk->xml);
}

/* A verdict of ours or of the sink; other than RUA_OK, it ends the document. */
static void
obey(struct rua_walk *walk, enum rua_verdict verdict)
{
    walk->failure.verdict = verdict;
    if (verdict == RUA_OK)
        return;
    rua_xml_stop(walk->xml);
}

/* An XML of another kind that is over a ceiling is no bad report. */
void
rua_walk_stop(struct rua_walk *walk, const char *what, uint64_t ceiling,
              const char *unit)
{
    bool is_other = walk->any && !walk->met && !walk->outlet.pending;

    obey(walk,
         rua_err_set(&walk->failure, is_other ? RUA_NOT_REPORT : RUA_BAD,
                     "%s (%llu) %s", what, (unsigned long long)ceiling, unit));
}

static void
end_report(struct rua_walk *walk)
{
    walk->open = false;
    if (rua_collect_has_any(&walk->outlet.collect))
        walk->n_empty = 0;
    obey(walk, rua_outlet_close(&walk->outlet, &walk->failure));
}

static void
hand_on_record(struct rua_walk *walk)
{
    uint64_t max = walk->limits->max_records;

    if (walk->outlet.collect.report.records > max)
        rua_walk_stop(walk, "more than max_records", max, "records");
    else
        obey(walk, rua_outlet_record(&walk->outlet, &walk->failure));
}

static const struct rua_element *
open_outside(struct rua_walk *walk, const char *name)
{
    struct rua_collect *collect = &walk->outlet.collect;

    walk->any = true;
    if (!rua_schema_is_feedback(name))
        return &outside;
    rua_collect_begin(collect);
    if (walk->depth)
        collect->report.oddities |= RUA_WRAPPED;
    walk->met = walk->open = true;
    return &rua_schema_feedback;
}

/* Nearly all are known, and of no attributes. */
static void
count_element(struct rua_walk *walk, bool known, const char *name,
              const char *const *attributes)
{
    const struct rua_census_over over =
        rua_census_count(&walk->census, walk->depth, known, name, attributes);

    if (over.what)
        rua_walk_stop(walk, over.what, over.ceiling, over.unit);
}

/* What is below an element that is skipped is skipped too. */
static void
open_element(void *ctx, const char *name, const char **attributes)
{
    struct rua_walk *walk = ctx;
    const struct rua_element *parent = walk->stack[walk->depth];
    const struct rua_element *element = parent;
    bool known = false;

    if (parent == &outside) {
        element = open_outside(walk, name);
        known = strcmp(name, element->name) == 0;
    } else if (parent) {
        element = rua_schema_spelt(parent, name);
        known = element != NULL;
        if (!known)
            element = rua_schema_child(parent, name);
        if (element && !rua_collect_open(&walk->outlet.collect, element))
            element = NULL;
    }
    walk->stack[++walk->depth] = element;
    if (!known || !rua_census_plain(&walk->census, walk->depth, attributes))
        count_element(walk, known, name, attributes);
}

static void
close_element(void *ctx, const char *name)
{
    struct rua_walk *walk = ctx;
    const struct rua_element *element = walk->stack[walk->depth--];

    (void)name;
    if (element == &rua_schema_feedback)
        end_report(walk);
    else if (element && walk->open &&
             rua_collect_close(&walk->outlet.collect, element))
        hand_on_record(walk);
    if (!walk->open)
        mark(walk, NULL, 0);
}

static void
text_data(void *ctx, const char *text, int len)
{
    struct rua_walk *walk = ctx;
    const struct rua_element *element = walk->stack[walk->depth];

    if (!walk->open)
        mark(walk, NULL, 0);
    else if (element)
        rua_collect_text(&walk->outlet.collect, element, text, (size_t)len);
}

static void
open_doctype(void *ctx, const char *name, const char *system_id,
             const char *public_id, int has_subset)
{
    struct rua_walk *walk = ctx;

    (void)name, (void)system_id, (void)public_id;
    walk->outlet.oddities |= RUA_DOCTYPE;
    if (has_subset)
        obey(walk, rua_err_set(
                       &walk->failure, RUA_BAD,
                       "a document type declaration with an internal subset"));
}

/* With a document type declaration that we do not read, expat passes over
 * entities that it does not know, where else it would complain. */
static void
unknown_entity(void *ctx, const char *name, int is_parameter)
{
    struct rua_walk *walk = ctx;

    if (is_parameter)
        return;
    walk->mendable = true;
    obey(walk, rua_err_set(&walk->failure, RUA_BAD,
                           "the entity \"%.64s\" is not known", name));
}

/* Only mend.h writes it; in a document as sent it says nothing. */
static void
read_instruction(void *ctx, const char *target, const char *data)
{
    struct rua_walk *walk = ctx;

    if (walk->mended && strcmp(target, RUA_NEST_REPAIRS) == 0)
        walk->outlet.oddities |= (uint32_t)strtoul(data, NULL, 10);
}

void
rua_walk_init(struct rua_walk *walk, const struct rua_limits *limits,
              const struct rua_feedback_sink *sink)
{
    const struct rua_xml_events events = {
        open_element,   close_element,    text_data, open_doctype,
        unknown_entity, read_instruction, mark,      walk};

    *walk = (struct rua_walk){.limits = limits};
    walk->stack = rua_alloc((limits->max_xml_depth + 2) * sizeof(*walk->stack));
    walk->stack[0] = &outside;
    rua_census_init(&walk->census, limits);
    walk->xml = rua_xml_new(&events);
    rua_outlet_init(&walk->outlet, limits, sink);
}

void
rua_walk_done(struct rua_walk *walk)
{
    rua_xml_free(walk->xml);
    rua_outlet_done(&walk->outlet);
    rua_census_done(&walk->census);
    free(walk->stack);
}

void
rua_walk_begin(struct rua_walk *walk, bool mended)
{
    rua_outlet_begin(&walk->outlet);
    walk->mended = mended;
    walk->mendable = walk->any = walk->met = walk->open = false;
    walk->n_empty = 0;
    rua_census_begin(&walk->census);
    rua_err_clear(&walk->failure);
}

void
rua_walk_parse(struct rua_walk *walk, bool is_utf8, size_t hold)
{
    walk->n_empty++;
    walk->depth = 0;
    walk->met = false;
    rua_xml_begin(walk->xml, is_utf8, hold);
}
