#include "tally.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* Ids are below this, and no more times are kept. */
#define MOST_IDS (UINT64_C(1) << 26)
#define MOST_TIMES (UINT64_C(1) << 20)

/* How far into a record its number may begin. */
#define PREFIX 16

static _Atomic uint64_t seen[MOST_IDS / 64];
static int64_t taken[MOST_TIMES]; /* guarded by the lock, with all below */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally total;
static uint64_t times;
static double cpu_before;
static _Atomic bool numbers_are_times;

int64_t nanoseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static uint64_t first_number(const uint8_t *data, size_t size, bool *found)
{
    size_t at = 0, most = size < PREFIX ? size : PREFIX;
    while (at < most && (uint8_t)(data[at] - '0') > 9)
        at++;
    *found = at < most;
    uint64_t number = 0;
    for (uint8_t digit; at < size && (digit = (uint8_t)(data[at] - '0')) <= 9; at++)
        number = number * 10 + digit;
    return number;
}

/* Records come in order, mostly: one atomic operation does for up to 64 of them. */
static void put_in_set(struct tally *tally)
{
    if (tally->bits == 0)
        return;
    uint64_t before = atomic_fetch_or_explicit(&seen[tally->word], tally->bits, memory_order_relaxed);
    tally->distinct += (uint64_t)__builtin_popcountll(tally->bits & ~before);
    tally->bits = 0;
}

static void note_id(struct tally *tally, uint64_t id)
{
    uint64_t bit = UINT64_C(1) << (id % 64);
    if (id / 64 != tally->word || (tally->bits & bit) != 0) {
        put_in_set(tally);
        tally->word = id / 64;
    }
    tally->bits |= bit;
    tally->id_sum += id;
}

static void note_time(struct tally *tally, uint64_t sent)
{
    pthread_mutex_lock(&lock);
    if (times < MOST_TIMES)
        taken[times++] = tally->received - (int64_t)sent;
    pthread_mutex_unlock(&lock);
}

void tally_record(struct tally *tally, const uint8_t *data, size_t size)
{
    bool found;
    uint64_t number = first_number(data, size, &found);
    tally->records++;
    if (found && atomic_load_explicit(&numbers_are_times, memory_order_relaxed))
        note_time(tally, number);
    else if (found && number < MOST_IDS)
        note_id(tally, number);
    else
        tally->strays++;
}

void tally_commit(struct tally *tally)
{
    put_in_set(tally);
    pthread_mutex_lock(&lock);
    total.records += tally->records;
    total.entries += tally->entries;
    total.requests += tally->requests;
    total.bytes += tally->bytes;
    total.id_sum += tally->id_sum;
    total.corrupt += tally->corrupt;
    total.strays += tally->strays;
    total.distinct += tally->distinct;
    pthread_mutex_unlock(&lock);
}

void tally_reset(bool as_times)
{
    pthread_mutex_lock(&lock);
    total = (struct tally){0};
    times = 0;
    for (size_t word = 0; word < MOST_IDS / 64; word++)
        if (atomic_load_explicit(&seen[word], memory_order_relaxed) != 0)
            atomic_store_explicit(&seen[word], 0, memory_order_relaxed);
    atomic_store(&numbers_are_times, as_times);
    cpu_before = cpu_seconds();
    pthread_mutex_unlock(&lock);
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Seconds that such a part of the records took at most. */
static double quantile(double part)
{
    uint64_t rank = (uint64_t)(part * (double)times);
    return times == 0 ? 0 : (double)taken[rank < times ? rank : times - 1] / 1e9;
}

void tally_print(struct buffer *out)
{
    pthread_mutex_lock(&lock);
    qsort(taken, times, sizeof taken[0], compare);
    buffer_print(out,
                 "{\"records\": %" PRIu64 ", \"distinct\": %" PRIu64 ", \"id_sum\": %" PRIu64
                 ", \"strays\": %" PRIu64 ", \"corrupt\": %" PRIu64 ", \"entries\": %" PRIu64
                 ", \"requests\": %" PRIu64 ", \"bytes\": %" PRIu64,
                 total.records, total.distinct, total.id_sum, total.strays, total.corrupt,
                 total.entries, total.requests, total.bytes);
    buffer_print(out, ", \"cpu\": %.6f, \"times\": %" PRIu64 ", \"p50\": %.6f, \"p99\": %.6f}",
                 cpu_seconds() - cpu_before, times, quantile(0.50), quantile(0.99));
    pthread_mutex_unlock(&lock);
}
