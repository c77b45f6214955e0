/* smtpload.c - sends mail as fast as the server takes it, and says how fast
 * that was. Sockets have TCP_NODELAY: without it every message waits 40 ms for
 * an acknowledgement.
 *
 * usage: smtpload FILE PORT SESSIONS EACH COUNT FROM TO
 *
 * FILE holds messages as they go over the wire, each with its final dot, one
 * after the other; COUNT of them are sent, to 127.0.0.1, over SESSIONS
 * connections at a time, EACH of them on one connection. With fewer messages in
 * the file than COUNT, they are sent again. Prints
 *     ok=N later=N refused=N broken=N seconds=S rate=R p50=MS p99=MS */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    SESSIONS_MAX = 512,
    REPLY = 4096,
    LINE = 512,
    GONE = 0, /* instead of a reply's code */
};

struct message {
    const char *bytes;
    size_t size;
};

static struct load {
    struct message *messages;
    size_t n_messages;
    long count, each;
    const char *from, *to;
    struct sockaddr_in server;
    atomic_long next;
    atomic_long ok, later, refused, broken;
    double *took; /* ms, by message */
} load;

static void
fail(const char *what)
{
    fprintf(stderr, "smtpload: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- one connection ---- */

/* The last line of a reply is the one with no "-" behind its code. */
static bool
is_whole(const char *text, size_t size)
{
    const char *line = text;

    if (!size || text[size - 1] != '\n')
        return false;
    for (const char *end = strchr(line, '\n'); end[1]; end = strchr(line, '\n'))
        line = end + 1;
    return strlen(line) > 3 && line[3] != '-';
}

static long
read_reply(int fd)
{
    char text[REPLY];
    size_t size = 0;

    do {
        ssize_t n = read(fd, text + size, sizeof(text) - 1 - size);
        if (n <= 0)
            return GONE;
        size += (size_t)n;
        text[size] = '\0';
    } while (!is_whole(text, size));
    return strtol(text, NULL, 10);
}

static long
say(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
        if (n <= 0)
            return GONE;
        bytes += n;
        size -= (size_t)n;
    }
    return read_reply(fd);
}

static long
say_line(int fd, const char *before, const char *text, const char *behind)
{
    char line[LINE];
    int n = snprintf(line, sizeof(line), "%s%s%s\r\n", before, text, behind);

    return say(fd, line, (size_t)n);
}

static int
dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    if (connect(fd, (const struct sockaddr *)&load.server,
                sizeof(load.server)) == 0 &&
        read_reply(fd) == 220 &&
        say_line(fd, "EHLO ", "load.example", "") == 250)
        return fd;
    close(fd);
    return -1;
}

static long
send_message(int fd, const struct message *message)
{
    long code = say_line(fd, "MAIL FROM:<", load.from, ">");

    if (code == 250)
        code = say_line(fd, "RCPT TO:<", load.to, ">");
    if (code == 250)
        code = say_line(fd, "DATA", "", "");
    if (code == 354)
        code = say(fd, message->bytes, message->size);
    return code;
}

static void
count(long code)
{
    if (code / 100 == 2)
        load.ok++;
    else if (code / 100 == 4)
        load.later++;
    else if (code / 100 == 5)
        load.refused++;
    else
        load.broken++;
}

static void *
run_session(void *unused)
{
    int fd = -1;
    long sent = 0;

    (void)unused;
    for (long i = load.next++; i < load.count; i = load.next++) {
        double began = now();
        if (fd < 0)
            fd = dial();
        long code =
            fd < 0
                ? GONE
                : send_message(fd, &load.messages[(size_t)i % load.n_messages]);
        load.took[i] = now() - began;
        count(code);
        if (fd >= 0 && (code / 100 != 2 || ++sent % load.each == 0)) {
            if (code != GONE)
                say_line(fd, "QUIT", "", "");
            close(fd);
            fd = -1;
        }
    }
    if (fd >= 0) {
        say_line(fd, "QUIT", "", "");
        close(fd);
    }
    return NULL;
}

/* ---- all of it ---- */

/* Cuts the file into messages behind each line that is a dot alone. */
static void
read_messages(const char *path)
{
    static const char end[] = "\r\n.\r\n";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    const char *at, *mark;

    if (fd < 0 || fstat(fd, &st) != 0)
        fail(path);
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        fail(path);
    for (size_t left = (size_t)st.st_size; left > 0;) {
        mark = memmem(at, left, end, sizeof(end) - 1);
        if (!mark)
            break;
        size_t size = (size_t)(mark - at) + sizeof(end) - 1;
        load.messages = realloc(load.messages,
                                (load.n_messages + 1) * sizeof(*load.messages));
        if (!load.messages)
            fail("memory");
        load.messages[load.n_messages++] = (struct message){at, size};
        at += size;
        left -= size;
    }
    if (load.n_messages == 0) {
        errno = EINVAL;
        fail(path);
    }
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void
print(double took)
{
    qsort(load.took, (size_t)load.count, sizeof(*load.took), compare);
    printf("ok=%ld later=%ld refused=%ld broken=%ld seconds=%.3f rate=%.1f "
           "p50=%.2f p99=%.2f\n",
           load.ok, load.later, load.refused, load.broken, took / 1e3,
           (double)load.count / took * 1e3, load.took[load.count / 2],
           load.took[load.count * 99 / 100]);
}

int
main(int argc, char **argv)
{
    pthread_t threads[SESSIONS_MAX];
    long sessions;
    double began;

    if (argc != 8) {
        fputs("usage: smtpload FILE PORT SESSIONS EACH COUNT FROM TO\n",
              stderr);
        return 64;
    }
    read_messages(argv[1]);
    load.server.sin_family = AF_INET;
    load.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    load.server.sin_port = htons((unsigned short)strtol(argv[2], NULL, 10));
    sessions = strtol(argv[3], NULL, 10);
    load.each = strtol(argv[4], NULL, 10);
    load.count = strtol(argv[5], NULL, 10);
    load.from = argv[6];
    load.to = argv[7];
    if (sessions < 1 || sessions > SESSIONS_MAX || load.each < 1 ||
        load.count < 1)
        return 64;
    load.took = calloc((size_t)load.count, sizeof(*load.took));
    if (!load.took)
        fail("memory");
    began = now();
    for (long i = 0; i < sessions; i++)
        if (pthread_create(&threads[i], NULL, run_session, NULL) != 0)
            fail("thread");
    for (long i = 0; i < sessions; i++)
        pthread_join(threads[i], NULL);
    print(now() - began);
    return load.ok == load.count ? 0 : 1;
}
