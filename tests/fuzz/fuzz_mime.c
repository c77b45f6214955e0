/* fuzz_mime.c - a message that passed the prescan: its parts are within the
 * ceilings, and the same wherever it is. */
#include "fuzz.h"
#include "mime.h"
#include "prescan.h"

#include <string.h>

static enum rua_verdict
note_head(void *ctx, const struct rua_head *head, struct rua_err *err)
{
    (void)err;
    fuzz_must(head->n_recipients <= RUA_RECIPIENTS_MAX,
              "recipients are bounded");
    fuzz_note_span(ctx, rua_span_text(head->message_id));
    fuzz_note_span(ctx, rua_span_text(head->subject));
    for (size_t i = 0; i < head->n_recipients; i++)
        fuzz_note_span(ctx, rua_span_text(head->recipients[i]));
    return RUA_OK;
}

static enum rua_verdict
note_part(void *ctx, const struct rua_part *part, struct rua_err *err)
{
    const struct rua_sink sink = {fuzz_gather, ctx};

    for (const char *c = part->type; *c; c++)
        fuzz_must(*c < 'A' || *c > 'Z', "a type is in lower case");
    fuzz_note_span(ctx, rua_span_text(part->type));
    fuzz_note_span(ctx, rua_span_text(part->name));
    fuzz_note(ctx, part->content->len);
    return rua_spool_push(part->content, 0, part->content->len, &sink, err);
}

static enum rua_verdict
read_message(const struct rua_spool *message, struct rua_buf *ret_seen,
             enum rua_mail *ret_mail, struct rua_err *err)
{
    const struct rua_reading reading = {.limits = &fuzz_tight,
                                        .own_names = "mx.example.net"};
    const struct rua_mime_visitor visitor = {note_head, note_part, ret_seen};

    /* The parts, and for each its type and name. */
    rua_buf_init(ret_seen, fuzz_tight.max_unpacked + 1024 * RUA_KIB);
    return rua_mime_read(message, &reading, fuzz_scratch(), &visitor, ret_mail,
                         err);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    const clock_t began = clock();
    static bool is_set_up;
    struct rua_span input = {data, size};
    enum rua_mail mail = RUA_MAIL, same_mail = RUA_MAIL;
    struct rua_err err = {0}, again = {0};
    struct rua_buf seen, same;
    struct rua_spool message;

    if (!is_set_up)
        rua_mime_setup();
    is_set_up = true;
    fuzz_take(&input);
    fuzz_in_memory(&message, input);
    if (rua_prescan(&message, &fuzz_tight, &err) == RUA_OK) {
        enum rua_verdict v = read_message(&message, &seen, &mail, &err);

        fuzz_must(v == RUA_OK || v == RUA_BAD, "it is read or it is not");
        fuzz_must_say(v, &err);
        rua_spool_done(&message);
        fuzz_in_file(&message, input);
        fuzz_must(read_message(&message, &same, &same_mail, &again) == v &&
                      mail == same_mail &&
                      fuzz_same(rua_buf_span(&seen), rua_buf_span(&same)) &&
                      strcmp(err.sentence, again.sentence) == 0,
                  "a file gives the same as memory");
        rua_buf_done(&seen);
        rua_buf_done(&same);
    }
    rua_spool_done(&message);
    fuzz_must_be_quick(began);
    return 0;
}
