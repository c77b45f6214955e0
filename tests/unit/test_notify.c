#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "notify.h"

/* A service manager's socket of this name, "@" for NUL. */
static int
listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_int_equal(
        bind(fd, (struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
        0);
    return fd;
}

static void
is_told(const char *name)
{
    char state[64] = "";
    int fd = listen_at(name);
    struct rua_err err = {0};

    setenv("NOTIFY_SOCKET", name, 1);
    if (notify_send("READY=1", &err) != RUA_OK)
        fail_msg("%s", err.sentence);
    assert_int_equal(recv(fd, state, sizeof(state), MSG_DONTWAIT), 7);
    assert_string_equal(state, "READY=1");
    close(fd);
}

static void
socket_may_be_a_path(void **state)
{
    char folder[] = "/tmp/test_notify.XXXXXX", name[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof(name), "%s/socket", folder);
    is_told(name);
    unlink(name);
    rmdir(folder);
}

static void
socket_may_be_abstract(void **state)
{
    char name[64];

    (void)state;
    snprintf(name, sizeof(name), "@test_notify.%ld", (long)getpid());
    is_told(name);
}

static void
nobody_has_to_be_there(void **state)
{
    struct rua_err err = {0};

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(notify_send("READY=1", &err), RUA_OK);
    setenv("NOTIFY_SOCKET", "", 1);
    assert_int_equal(notify_send("READY=1", &err), RUA_OK);
}

static void
what_is_no_socket_is_said(void **state)
{
    static const char *const names[] = {"relative", "@", "/",
                                        "/nonexistent/socket"};
    char longest[200];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct rua_err err = {0};
        setenv("NOTIFY_SOCKET", names[i], 1);
        assert_int_equal(notify_send("READY=1", &err), RUA_LATER);
        assert_non_null(strstr(err.sentence, "NOTIFY_SOCKET"));
    }
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    assert_int_equal(notify_send("READY=1", NULL), RUA_LATER);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(socket_may_be_a_path),
        cmocka_unit_test(socket_may_be_abstract),
        cmocka_unit_test(nobody_has_to_be_there),
        cmocka_unit_test(what_is_no_socket_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
