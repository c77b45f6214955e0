/* live_fixture.h - for unit tests of the module live: a store and an allowlist
 * in a folder, messages, and workers that misbehave. */
#ifndef LIVE_FIXTURE_H
#define LIVE_FIXTURE_H

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>

#include "live.h"
#include "store_fixture.h"

/* Of the command line; a test may change values[N_SETTINGS - 1]. */
enum {
    N_SETTINGS = 5
};
static char texts[2][256];
static const char *values[N_SETTINGS];
static struct command_settings settings = {NULL, values, N_SETTINGS};

static struct live *live;

static inline int
live_begin(void **state)
{
    if (folder_begin(state) != 0)
        return -1;
    snprintf(texts[0], sizeof(texts[0]), "store=%s/store", folder_path);
    snprintf(texts[1], sizeof(texts[1]), "allow=%s/allow", folder_path);
    values[0] = texts[0];
    values[1] = texts[1];
    values[2] = "max_unpacked=1M";
    values[3] = "max_message=1M";
    values[4] = "jobs=0";
    folder_put("allow", "dmarc@example.com *\n");
    return 0;
}

static inline void
open_live(unsigned seats,
          void (*run)(int socket, const struct worker_plan *plan))
{
    const struct live_plan plan = {
        .settings = &settings, .seats = seats, .run = run};

    signal(SIGSEGV, SIG_DFL); /* workers would inherit cmocka's handler */
    if (live_open(&plan, &live, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
}

/* ---- messages ---- */

static inline void
message_of(struct rua_spool *spool, const char *text)
{
    sample_spool(spool);
    assert_int_equal(RUA_OK, rua_spool_write(spool, rua_span_text(text), NULL));
}

#define MESSAGE_HEAD                                                           \
    "From: noreply@example.net\nTo: dmarc@example.com\n"                       \
    "Content-Type: text/xml\n\n"

/* A mail with a report of one record; `id` makes it another one. */
static inline void
message_of_report(struct rua_spool *spool, unsigned id)
{
    char text[1024];

    snprintf(text, sizeof(text),
             MESSAGE_HEAD
             "<feedback><report_metadata><org_name>example.net</org_name>"
             "<report_id>%u</report_id><date_range><begin>1767225600</begin>"
             "<end>1767311999</end></date_range></report_metadata>"
             "<policy_published><domain>example.com</domain></policy_published>"
             "<record><row><source_ip>192.0.2.1</source_ip><count>1</count>"
             "</row></record></feedback>\n",
             id);
    message_of(spool, text);
}

static const char *const ruas[] = {"dmarc@example.com"};

/* Takes a message; what became of it. */
static inline enum rua_verdict
take_as(struct live_message message, char sentence[RUA_SENTENCE_MAX])
{
    struct rules *rules = live_rules(live);
    struct delivery delivery;
    enum rua_verdict verdict;

    message.rules = rules;
    message.envelope = (struct delivery_envelope){
        .id = "1", .ruas = ruas, .n_ruas = 1, .received_at = 1767400000};
    if (!message.patience)
        message.patience = 60;
    live_take(live, &message, &delivery);
    verdict = delivery.verdict;
    if (sentence)
        memcpy(sentence, delivery.err.sentence, RUA_SENTENCE_MAX);
    delivery_done(&delivery);
    rules_drop(rules);
    return verdict;
}

/* The same for a text. */
static inline void
becomes(const char *text, struct live_message message, enum rua_verdict verdict,
        const char *sentence)
{
    struct rua_spool spool;
    char got[RUA_SENTENCE_MAX];
    enum rua_verdict v;

    message_of(&spool, text);
    message.message = &spool;
    v = take_as(message, got);
    assert_string_equal(got, sentence);
    assert_int_equal(v, verdict);
    rua_spool_done(&spool);
}

/* How many messages are kept aside. */
static inline unsigned
aside(void)
{
    unsigned lines = folder_lines("store/quarantine/quarantine.csv");

    return lines ? lines - 1 : 0;
}

/* ---- workers ---- */

/* Whether they misbehave with our own message, too. */
static bool misbehave_always;

/* The request has come, at least its first byte. */
static inline void
await_request(int socket, const struct worker_plan *plan)
{
    struct worker_request request;

    if (recv(socket, &request, sizeof(request), MSG_PEEK | MSG_WAITALL) !=
        (ssize_t)sizeof(request))
        _exit(0);
    if (request.len == strlen(rua_ingest_sample) && !misbehave_always)
        worker_run(socket, plan);
    if (read(socket, &request, 1) != 1)
        _exit(0);
}

static inline void
crash(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    raise(SIGSEGV);
}

static inline void
be_killed(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    raise(SIGKILL);
}

static inline void
give_up(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    _exit(1);
}

static inline void
leave(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    _exit(WORKER_LEAVES);
}

/* Waits without a word, for as long as the front end does. */
static inline void
await_end(int socket)
{
    char c;

    while (read(socket, &c, 1) > 0)
        ;
}

static inline void
stall(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    await_end(socket);
}

/* Reads for ever. */
static inline void
spin(int socket, const struct worker_plan *plan)
{
    await_request(socket, plan);
    worker_lock();
    for (volatile unsigned i = 0;; i++)
        ;
}

static inline enum rua_verdict
send_to(void *ctx, struct rua_span bytes, struct rua_err *error)
{
    const int *socket = ctx;

    (void)error;
    return write(*socket, bytes.data, bytes.len) == (ssize_t)bytes.len
               ? RUA_OK
               : RUA_LATER;
}

/* Sends the whole result of one report, whatever was asked, and then that of
 * another. */
static inline void
change_its_mind(int socket, const struct worker_plan *plan)
{
    const struct rua_sink out = {send_to, &socket};
    struct rua_scratch scratch = {.fd = -1};
    struct rua_ingest *ingest = rua_ingest_new(&plan->reading, &scratch);

    await_request(socket, plan);
    worker_lock();
    for (unsigned id = 1; id <= 2; id++) {
        struct rua_spool spool;
        message_of_report(&spool, id);
        rua_ingest_read(ingest, &spool, RUA_INPUT_MESSAGE, NULL, &out, NULL);
        rua_spool_done(&spool);
    }
    await_end(socket);
}

/* A result that does not end: one frame after the other, of records. */
static inline void
flood(int socket, const struct worker_plan *plan)
{
    static const unsigned char frame[16 + 65536] = {3, [10] = 1};

    await_request(socket, plan);
    while (write(socket, frame, sizeof(frame)) > 0)
        ;
}

/* A frame of a kind that there is not, and the end. */
static inline void
lie(int socket, const struct worker_plan *plan)
{
    static const unsigned char frames[16 + 16 + 1] = {
        99, [16] = 7, [24] = 1, [32] = RUA_OK};

    await_request(socket, plan);
    if (write(socket, frames, sizeof(frames)) > 0)
        await_end(socket);
}

#endif
