#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "listen.h"

struct place {
    char folder[32], name[64];
    struct conf conf;
};

static int
set_up(void **state)
{
    struct place *place = calloc(1, sizeof(*place));

    *state = place;
    strcpy(place->folder, "/tmp/test_listen.XXXXXX");
    snprintf(place->name, sizeof(place->name), "unix:%s/s",
             mkdtemp(place->folder));
    conf_init(&place->conf);
    return 0;
}

static int
tear_down(void **state)
{
    struct place *place = *state;
    char lock[64];

    snprintf(lock, sizeof(lock), "%s.lock", place->name + 5);
    unlink(lock);
    unlink(place->name + 5);
    rmdir(place->folder);
    conf_done(&place->conf);
    free(place);
    return 0;
}

static void
look(struct place *place, const char *name, struct listen *ret_listen)
{
    struct rua_err err = {0};

    conf_set(&place->conf, "socket", name, "", NULL);
    if (listen_look(&place->conf, ret_listen, &err) != RUA_OK)
        fail_msg("%s", err.sentence);
}

static void
refuses(struct place *place, const char *name, int status, const char *sentence)
{
    struct rua_err err = {0};
    struct listen listen;

    conf_set(&place->conf, "socket", name, "", NULL);
    assert_int_equal(listen_look(&place->conf, &listen, &err), RUA_LATER);
    assert_int_equal(listen.status, status);
    assert_string_equal(err.sentence, sentence);
}

static void
forms_are_those_of_libmilter(void **state)
{
    struct place *place = *state;
    struct listen listen;

    look(place, place->name, &listen);
    assert_string_equal(listen.path, place->name + 5);
    assert_int_equal(listen.address.ss_family, AF_UNIX);
    look(place, place->name + 5, &listen);
    assert_string_equal(listen.path, place->name + 5);
    look(place, "inet:10026@127.0.0.1", &listen);
    assert_null(listen.path);
    assert_int_equal(listen.address.ss_family, AF_INET);
    look(place, "inet:10026@[127.0.0.1]", &listen);
    look(place, "inet:10026", &listen);
    assert_int_equal(listen.address.ss_family, AF_INET);
    look(place, "inet6:10026@::1", &listen);
    assert_int_equal(listen.address.ss_family, AF_INET6);
}

static void
what_cannot_be_is_said_with_its_exit_status(void **state)
{
    struct place *place = *state;
    char name[200], sentence[400];

    refuses(place, "tcp:1", EX_CONFIG,
            "socket is \"tcp:1\", must be unix:PATH, inet:PORT@HOST, "
            "inet6:PORT@HOST or fd:N");
    refuses(place, "unix:/nonexistent/x/s", EX_CONFIG,
            "socket unix:/nonexistent/x/s: the folder /nonexistent/x: No such "
            "file or directory");
    refuses(place, "unix:", EX_CONFIG,
            "socket unix:: the path must have 1 to 107 bytes");
    snprintf(sentence, sizeof(sentence),
             "socket unix:%s: is there, and no socket; move it away, or name "
             "another path",
             place->folder);
    snprintf(name, sizeof(name), "unix:%s", place->folder);
    refuses(place, name, EX_CONFIG, sentence);
    refuses(place, "fd:900", EX_CONFIG,
            "socket fd:900: no listening socket was handed over there (the "
            "first of LISTEN_FDS is fd:3)");
    refuses(place, "fd:1x", EX_CONFIG,
            "socket fd:1x: no listening socket was handed over there (the "
            "first of LISTEN_FDS is fd:3)");
    conf_set(&place->conf, "socket_group", "no-such-group", "", NULL);
    refuses(place, place->name, EX_CONFIG,
            "socket_group: there is no group no-such-group; make it, or name "
            "another");
}

static void
port_is_a_number_or_a_known_service(void **state)
{
    static const char *const wrong[] = {"99999",
                                        "65536",
                                        "0",
                                        "00",
                                        "-1",
                                        "+25",
                                        "",
                                        "25x",
                                        " 25",
                                        "no-such",
                                        "184467440737095516410026"};
    struct place *place = *state;
    struct listen listen;
    char name[64], sentence[200];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        for (unsigned form = 0; form < 3; form++) {
            snprintf(name, sizeof(name), "inet%s:%s%s", form == 1 ? "6" : "",
                     wrong[i], form == 2 ? "" : "@localhost");
            snprintf(sentence, sizeof(sentence),
                     "socket %s: the port is \"%s\", must be a number from 1 "
                     "to 65535 or the name of a service",
                     name, wrong[i]);
            refuses(place, name, EX_CONFIG, sentence);
        }
    look(place, "inet:65535@127.0.0.1", &listen);
    look(place, "inet:1@127.0.0.1", &listen);
    look(place, "inet:smtp@127.0.0.1", &listen);
    assert_int_equal(ntohs(((struct sockaddr_in *)&listen.address)->sin_port),
                     25);
    refuses(place, "inet:10026@no.such.host.invalid", EX_CONFIG,
            "socket inet:10026@no.such.host.invalid: the host "
            "\"no.such.host.invalid\" is not known: Name or service not known; "
            "mend the name behind @");
}

static void
path_of_107_bytes_is_the_longest(void **state)
{
    struct place *place = *state;
    char name[200];
    struct listen listen;
    size_t used =
        (size_t)snprintf(name, sizeof(name), "unix:%s/", place->folder);

    memset(name + used, 'x', sizeof(name) - used);
    name[5 + 107] = '\0';
    look(place, name, &listen);
    name[5 + 107] = 'x';
    name[5 + 108] = '\0';
    conf_set(&place->conf, "socket", name, "", NULL);
    assert_int_equal(listen_look(&place->conf, &listen, NULL), RUA_LATER);
}

static int
bind_and_listen(const struct listen *listen_at)
{
    int fd = socket(listen_at->address.ss_family, SOCK_STREAM, 0);

    assert_int_equal(
        bind(fd, (const struct sockaddr *)&listen_at->address, listen_at->len),
        0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static void
second_instance_is_turned_away(void **state)
{
    struct place *place = *state;
    struct listen first, second;
    struct rua_err err = {0};

    look(place, place->name, &first);
    second = first;
    assert_int_equal(listen_claim(&first, &err), RUA_OK);
    close(bind_and_listen(&first));
    assert_int_equal(listen_claim(&second, &err), RUA_LATER);
    assert_int_equal(second.status, EX_UNAVAILABLE);
    assert_non_null(strstr(err.sentence, "another ruamill serves it"));
    listen_done(&second);
    assert_int_equal(access(first.path, F_OK), 0);
    listen_done(&first);
    assert_int_not_equal(access(first.path, F_OK), 0);
    assert_int_equal(listen_claim(&second, NULL), RUA_OK);
    listen_done(&second);
}

static void
socket_gets_its_mode_and_group_at_once(void **state)
{
    struct place *place = *state;
    struct listen listen;
    struct stat st;
    mode_t before, mask = umask(022);
    int fd;

    conf_set(&place->conf, "socket_mode", "0660", "", NULL);
    look(place, place->name, &listen);
    listen.group = geteuid() == 0 ? 4242 : getegid();
    listen_before(&listen, &before);
    fd = bind_and_listen(&listen);
    assert_int_equal(stat(listen.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(listen_after(&listen, before, NULL), RUA_OK);
    assert_int_equal(umask(mask), 022);
    assert_int_equal(stat(listen.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(st.st_gid, listen.group);
    close(fd);
    unlink(listen.path);
    assert_int_equal(listen_after(&listen, umask(0), NULL), RUA_LATER);
}

static void
address_in_use_is_found_out(void **state)
{
    struct place *place = *state;
    char name[64];
    struct listen listen;
    struct rua_err err = {0};
    int fd;

    look(place, "inet:1@127.0.0.1", &listen);
    ((struct sockaddr_in *)&listen.address)->sin_port = 0;
    fd = bind_and_listen(&listen);
    listen.len = sizeof(listen.address);
    getsockname(fd, (struct sockaddr *)&listen.address, &listen.len);
    assert_int_equal(listen_claim(&listen, &err), RUA_LATER);
    assert_int_equal(listen.status, EX_UNAVAILABLE);
    assert_non_null(strstr(err.sentence, "Address already in use"));
    snprintf(name, sizeof(name), "fd:%d", fd);
    look(place, name, &listen);
    assert_int_equal(listen.address.ss_family, AF_INET);
    assert_int_equal(listen_claim(&listen, NULL), RUA_OK);
    close(fd);
}

static void
open_files_must_suffice(void **state)
{
    struct rua_err err = {0};
    struct rlimit limit;
    unsigned most, fewer;

    (void)state;
    assert_int_equal(listen_raise_files(1, 1, &most, NULL), RUA_OK);
    getrlimit(RLIMIT_NOFILE, &limit);
    assert_in_range(most, 1, limit.rlim_cur - 1);
    assert_int_equal(listen_raise_files(11, 2, &fewer, NULL), RUA_OK);
    assert_int_equal(most - fewer, 16);
    assert_int_equal(listen_raise_files(2000000000, 1, &most, &err), RUA_LATER);
    assert_non_null(strstr(err.sentence, "max_connections = 2000000000 needs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(forms_are_those_of_libmilter),
        TEST(what_cannot_be_is_said_with_its_exit_status),
        TEST(port_is_a_number_or_a_known_service),
        TEST(path_of_107_bytes_is_the_longest),
        TEST(second_instance_is_turned_away),
        TEST(socket_gets_its_mode_and_group_at_once),
        TEST(address_in_use_is_found_out),
        TEST(open_files_must_suffice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
