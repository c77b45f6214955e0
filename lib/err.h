/* err.h - the six verdicts, and the first sentence about what went wrong.
 *
 * Every function that can fail returns a verdict and takes a struct rua_err
 * last. The place where something fails writes the sentence; nobody above
 * overwrites it. A verdict says whose move it is next: see rua_verdict. */
#ifndef RUA_ERR_H
#define RUA_ERR_H

/* In the order of gravity: rua_worst() compares them. */
enum rua_verdict {
    RUA_OK,         /* stored (or: the stage did its job) */
    RUA_DUPLICATE,  /* stored before */
    RUA_NOT_REPORT, /* no DMARC aggregate report: somebody's ordinary mail */
    RUA_BAD,        /* claims to be a report and cannot be read: final */
    RUA_REFUSED,    /* RUA not on the allowlist, or a domain it does not take */
    RUA_LATER,      /* our own fault (disk, lock, memory): try again */
};

/* Bytes of a sentence, its NUL included; a longer one is cut. */
#define RUA_SENTENCE_MAX 256

/* {0} is "nothing went wrong". The sentence may hold a stranger's bytes: it is
 * for rua_err_set() to bound them and for a log to make them printable. */
struct rua_err {
    enum rua_verdict verdict;
    char sentence[RUA_SENTENCE_MAX];
};

/* Writes the sentence, unless one is there already, and returns `verdict`:
 *     return rua_err_set(err, RUA_BAD, "gzip: %s", z.msg);
 * `err` may be NULL. */
enum rua_verdict rua_err_set(struct rua_err *err, enum rua_verdict verdict,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As rua_err_set() with RUA_LATER and ": <text of errno>" behind the sentence;
 * errno is read first. For system calls that failed. */
enum rua_verdict rua_err_sys(struct rua_err *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Forgets verdict and sentence. */
void rua_err_clear(struct rua_err *err);

/* The graver of two verdicts. */
enum rua_verdict rua_worst(enum rua_verdict a, enum rua_verdict b);

/* "ok" "duplicate" "not_report" "bad" "refused" "later". */
const char *rua_verdict_name(enum rua_verdict verdict);

#endif
