/* Callbacks of one connection come one after the other, but by any thread: what
 * belongs to it hangs off the connection. The gate counts callbacks that run,
 * and lets no more in when the end has come. */
#include "milter.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "log.h"

enum {
    BACKLOG = 256,
    ANSWER_TIME = 200, /* ms for libmilter to write its last answers */
};

struct connection {
    struct session *session;
    unsigned long steps; /* as negotiated */
    struct connection *next, *previous;
};

static struct {
    struct milter_plan plan;
    pthread_mutex_t mutex; /* of the rest */
    pthread_cond_t left;
    unsigned busy; /* callbacks that run */
    bool closed;
    struct connection *connections;
} milter = {.mutex = PTHREAD_MUTEX_INITIALIZER,
            .left = PTHREAD_COND_INITIALIZER};

/* ---- connections ---- */

static struct connection *
begin_connection(SMFICTX *ctx, unsigned long steps)
{
    struct connection *connection = rua_alloc(sizeof(*connection));
    const struct session_wire wire = {
        .leading_space = steps & SMFIP_HDR_LEADSPC,
        .silent_rcpt = steps & SMFIP_NR_RCPT,
    };

    *connection = (struct connection){
        .session = session_new(milter.plan.hall, wire),
        .steps = steps,
    };
    milter.plan.crowd->n++;
    pthread_mutex_lock(&milter.mutex);
    connection->next = milter.connections;
    if (connection->next)
        connection->next->previous = connection;
    milter.connections = connection;
    pthread_mutex_unlock(&milter.mutex);
    smfi_setpriv(ctx, connection);
    return connection;
}

static void
end_connection(struct connection *connection)
{
    pthread_mutex_lock(&milter.mutex);
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        milter.connections = connection->next;
    pthread_mutex_unlock(&milter.mutex);
    milter.plan.crowd->n--;
    session_free(connection->session);
    free(connection);
}

/* ---- the gate ---- */

static bool
enter_gate(void)
{
    bool open;

    pthread_mutex_lock(&milter.mutex);
    open = !milter.closed;
    milter.busy += open;
    pthread_mutex_unlock(&milter.mutex);
    return open;
}

static sfsistat
leave(sfsistat status)
{
    pthread_mutex_lock(&milter.mutex);
    if (--milter.busy == 0)
        pthread_cond_broadcast(&milter.left);
    pthread_mutex_unlock(&milter.mutex);
    return status;
}

/* Every callback goes in here, and out by leave(). NULL when none may any more.
 * Where nothing was negotiated there is no connection yet. */
static struct connection *
enter(SMFICTX *ctx)
{
    struct connection *connection;

    if (!enter_gate())
        return NULL;
    connection = smfi_getpriv(ctx);
    return connection ? connection : begin_connection(ctx, 0);
}

/* ---- answers ---- */

/* libmilter takes texts that are not const. */
static void
set_reply(SMFICTX *ctx, const struct reply *reply)
{
    char code[4], dsn[12], text[REPLY_TEXT_SIZE];

    snprintf(code, sizeof(code), "%s", reply->code);
    snprintf(dsn, sizeof(dsn), "%s", reply->dsn);
    snprintf(text, sizeof(text), "%s", reply->text);
    if (smfi_setreply(ctx, code, dsn, text) != MI_SUCCESS)
        log_error("libmilter does not take the text of a reply");
}

/* `silent` is the flag by which the MTA waits for no reply to this step. */
static sfsistat
answer(SMFICTX *ctx, const struct connection *connection,
       enum session_answer what, unsigned long silent)
{
    static const sfsistat answers[] = {
        [SESSION_CONTINUE] = SMFIS_CONTINUE, [SESSION_LEAVE] = SMFIS_ACCEPT,
        [SESSION_REFUSE] = SMFIS_REJECT,     [SESSION_LATER] = SMFIS_TEMPFAIL,
        [SESSION_ENOUGH] = SMFIS_SKIP,
    };

    if (connection->steps & silent)
        return SMFIS_NOREPLY;
    if (what == SESSION_REFUSE || what == SESSION_LATER)
        set_reply(ctx, session_reply(connection->session));
    if (what == SESSION_ENOUGH && !(connection->steps & SMFIP_SKIP))
        return SMFIS_CONTINUE;
    return answers[what];
}

/* ---- callbacks ---- */

static sfsistat
on_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
             unsigned long f2, unsigned long f3, unsigned long *ret_actions,
             unsigned long *ret_steps, unsigned long *ret_f2,
             unsigned long *ret_f3)
{
    unsigned long wanted = SMFIP_NOCONNECT | SMFIP_NOHELO | SMFIP_NOUNKNOWN |
                           SMFIP_HDR_LEADSPC | SMFIP_SKIP;

    (void)f2;
    (void)f3;
    if (!enter_gate())
        return SMFIS_REJECT;
    if (crowd_sends_away(milter.plan.crowd))
        return leave(SMFIS_REJECT);
    if (milter.plan.local)
        wanted |= SMFIP_NR_MAIL | SMFIP_NR_HDR | SMFIP_NR_EOH | SMFIP_NR_BODY;
    if (milter.plan.local && !session_hall_refuses(milter.plan.hall))
        wanted |= SMFIP_NR_RCPT;
    *ret_actions = actions & (SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT);
    *ret_steps = steps & wanted;
    *ret_f2 = *ret_f3 = 0;
    begin_connection(ctx, *ret_steps);
    return leave(SMFIS_CONTINUE);
}

static sfsistat
on_mail(SMFICTX *ctx, char **arguments)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    session_mail(connection->session, arguments[0]);
    return leave(answer(ctx, connection, SESSION_CONTINUE, SMFIP_NR_MAIL));
}

static sfsistat
on_rcpt(SMFICTX *ctx, char **arguments)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    return leave(answer(ctx, connection,
                        session_rcpt(connection->session, arguments[0]),
                        SMFIP_NR_RCPT));
}

static sfsistat
on_data(SMFICTX *ctx)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    return leave(answer(ctx, connection, session_data(connection->session), 0));
}

static sfsistat
on_header(SMFICTX *ctx, char *name, char *value)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    return leave(answer(ctx, connection,
                        session_header(connection->session, name, value),
                        SMFIP_NR_HDR));
}

static sfsistat
on_eoh(SMFICTX *ctx)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    return leave(answer(ctx, connection, session_eoh(connection->session),
                        SMFIP_NR_EOH));
}

static sfsistat
on_body(SMFICTX *ctx, unsigned char *bytes, size_t len)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_TEMPFAIL;
    return leave(
        answer(ctx, connection,
               session_body(connection->session, (struct rua_span){bytes, len}),
               SMFIP_NR_BODY));
}

/* The MTA is told to wait on. */
static void
tick(void *ctx)
{
    smfi_progress(ctx);
}

/* Fields are taken out from the last to the first: MTAs count those that are
 * left. With the leading space negotiated, that of a new field is ours too. */
static void
change(SMFICTX *ctx, const struct connection *connection,
       struct session_orders *orders)
{
    char name[] = REPLY_STAMP, value[REPLY_STAMP_SIZE + 1];
    bool space = connection->steps & SMFIP_HDR_LEADSPC;
    int failed = 0;

    for (unsigned i = orders->old_stamps; i > 0; i--)
        failed |= smfi_chgheader(ctx, name, (int)i, NULL);
    snprintf(value, sizeof(value), "%s%s", space ? " " : "", orders->stamp);
    if (orders->stamp[0])
        failed |= smfi_addheader(ctx, name, value);
    for (size_t i = 0; i < orders->n_recipients; i++) {
        char *recipient = strdup(orders->recipients[i]);
        if (!recipient)
            rua_no_memory();
        failed |= smfi_delrcpt(ctx, recipient);
        free(recipient);
    }
    if (failed != MI_SUCCESS)
        log_error("the MTA does not let its headers or recipients be changed");
}

static sfsistat
on_end(SMFICTX *ctx)
{
    static const sfsistat actions[] = {
        [REPLY_DISCARD] = SMFIS_DISCARD,   [REPLY_ACCEPT] = SMFIS_ACCEPT,
        [REPLY_DELRCPT] = SMFIS_CONTINUE,  [REPLY_REJECT] = SMFIS_REJECT,
        [REPLY_TEMPFAIL] = SMFIS_TEMPFAIL,
    };
    char queue_id[] = "i";
    struct connection *connection = enter(ctx);
    struct session_orders orders;
    struct session_end end = {.tick = tick, .ctx = ctx};

    if (!connection)
        return SMFIS_TEMPFAIL;
    end.queue_id = smfi_getsymval(ctx, queue_id);
    session_end(connection->session, &end, &orders);
    change(ctx, connection, &orders);
    if (orders.reply.code)
        set_reply(ctx, &orders.reply);
    session_reset(connection->session);
    return leave(actions[orders.reply.action]);
}

static sfsistat
on_abort(SMFICTX *ctx)
{
    struct connection *connection = enter(ctx);

    if (!connection)
        return SMFIS_CONTINUE;
    session_reset(connection->session);
    return leave(SMFIS_CONTINUE);
}

static sfsistat
on_close(SMFICTX *ctx)
{
    struct connection *connection;

    if (!enter_gate())
        return SMFIS_CONTINUE;
    connection = smfi_getpriv(ctx);
    smfi_setpriv(ctx, NULL);
    if (connection)
        end_connection(connection);
    return leave(SMFIS_CONTINUE);
}

/* ---- the whole ---- */

enum rua_verdict
milter_open(const struct milter_plan *plan, struct rua_err *err)
{
    static char name[] = "ruamill";
    struct smfiDesc description = {
        .xxfi_name = name,
        .xxfi_version = SMFI_VERSION,
        .xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_DELRCPT,
        .xxfi_envfrom = on_mail,
        .xxfi_envrcpt = on_rcpt,
        .xxfi_header = on_header,
        .xxfi_eoh = on_eoh,
        .xxfi_body = on_body,
        .xxfi_eom = on_end,
        .xxfi_abort = on_abort,
        .xxfi_close = on_close,
        .xxfi_data = on_data,
        .xxfi_negotiate = on_negotiate,
    };
    char *socket = strdup(plan->socket);
    bool open;

    milter.plan = *plan;
    errno = 0;
    open = socket && smfi_setconn(socket) == MI_SUCCESS &&
           smfi_register(description) == MI_SUCCESS &&
           smfi_setbacklog(BACKLOG) == MI_SUCCESS &&
           smfi_opensocket(true) == MI_SUCCESS;
    free(socket);
    return open ? RUA_OK
                : rua_err_set(err, RUA_LATER,
                              "socket %s: libmilter cannot open it",
                              plan->socket);
}

bool
milter_serve(void)
{
    return smfi_main() == MI_SUCCESS;
}

unsigned
milter_drain(unsigned seconds)
{
    const struct timespec moment = {.tv_nsec = ANSWER_TIME * 1000000L};
    struct timespec until;
    unsigned busy;
    bool idle;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    pthread_mutex_lock(&milter.mutex);
    milter.closed = true;
    idle = !milter.connections;
    while (milter.busy > 0 &&
           pthread_cond_clockwait(&milter.left, &milter.mutex, CLOCK_MONOTONIC,
                                  &until) != ETIMEDOUT)
        ;
    busy = milter.busy;
    pthread_mutex_unlock(&milter.mutex);
    if (!idle) /* libmilter writes the answer after the callback */
        nanosleep(&moment, NULL);
    while (busy == 0 && milter.connections)
        end_connection(milter.connections);
    return busy;
}
