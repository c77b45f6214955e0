#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static enum rua_verdict
name_socket(const char *name, struct sockaddr_un *ret_address,
            socklen_t *ret_len, struct rua_err *err)
{
    size_t len = strlen(name);

    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || !name[1] ||
        len >= sizeof(ret_address->sun_path))
        return rua_err_set(err, RUA_LATER,
                           "NOTIFY_SOCKET is \"%s\", no socket's name", name);
    memcpy(ret_address->sun_path, name, len);
    if (name[0] == '@')
        ret_address->sun_path[0] = '\0';
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return RUA_OK;
}

enum rua_verdict
notify_send(const char *state, struct rua_err *err)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    enum rua_verdict v;
    socklen_t len = 0;
    int fd;

    if (!name || !*name)
        return RUA_OK;
    v = name_socket(name, &address, &len, err);
    if (v != RUA_OK)
        return v;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return rua_err_sys(err, "NOTIFY_SOCKET: no socket");
    if (sendto(fd, state, strlen(state), MSG_NOSIGNAL,
               (struct sockaddr *)&address, len) < 0)
        v = rua_err_sys(err, "NOTIFY_SOCKET %s", name);
    close(fd);
    return v;
}
