/* fuzz_conf.c - a configuration file: it is taken, or the sentence says where
 * it is wrong; what is shown of one that was taken is the same configuration.
 */
#include "conf.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a file with this text. */
static enum rua_verdict
load(struct conf *conf, struct rua_span text, struct rua_err *err)
{
    const int fd = fuzz_file(text);
    char path[64];
    enum rua_verdict v;

    conf_init(conf);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    v = conf_load(conf, path, true, err);
    fuzz_must(v == RUA_OK || v == RUA_LATER, "it is read or it is not");
    fuzz_must(v == RUA_OK || strncmp(err->sentence, path, strlen(path)) == 0,
              "what is wrong has a place");
    close(fd);
    return v;
}

static struct rua_span
show(const struct conf *conf)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    fuzz_must(out != NULL, "there is memory");
    conf_print(conf, out);
    fclose(out);
    return (struct rua_span){(unsigned char *)text, len};
}

static void
load_again(const struct conf *conf)
{
    const struct rua_span text = show(conf);
    struct rua_span text_again;
    struct conf again;
    struct rua_err err = {0};

    if (load(&again, text, &err) != RUA_OK)
        fprintf(stderr, "%s\n", err.sentence);
    fuzz_must(!err.sentence[0], "what is shown can be read");
    text_again = show(&again);
    fuzz_must(fuzz_same(text, text_again), "what is shown is the same");
    conf_done(&again);
    free((void *)(uintptr_t)text.data);
    free((void *)(uintptr_t)text_again.data);
}

/* The whole input as the argument of -o. */
static void
set(struct rua_span input)
{
    char *text = rua_alloc(input.len + 1);
    struct rua_err err = {0};
    struct conf conf;

    memcpy(text, input.data, input.len);
    text[input.len] = '\0';
    conf_init(&conf);
    if (conf_set_argument(&conf, text, &err) != RUA_OK)
        fuzz_must(strncmp(err.sentence, "-o", 2) == 0,
                  "what is wrong has a place");
    conf_done(&conf);
    free(text);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct rua_span input = {data, size};
    struct rua_err err = {0};
    struct conf conf;

    fuzz_take(&input);
    if (load(&conf, input, &err) == RUA_OK)
        load_again(&conf);
    conf_done(&conf);
    set(input);
    return 0;
}
