#include "control.h"

#include "tally.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static _Atomic int delay; /* milliseconds */

/* Written only while nobody reads records: the harness asks for one thing after the other. */
static pthread_rwlock_t page_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct buffer page;
static char page_type[64] = "application/x-amz-json-1.1";

void control_wait(void)
{
    int milliseconds = atomic_load(&delay);
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    if (milliseconds > 0)
        nanosleep(&time, NULL);
}

static void keep_page(const struct request *request)
{
    pthread_rwlock_wrlock(&page_lock);
    page.size = 0;
    buffer_add(&page, request->body, request->size);
    snprintf(page_type, sizeof page_type, "%s", request->type);
    pthread_rwlock_unlock(&page_lock);
}

bool control_answer_page(struct connection *connection)
{
    static const char EMPTY[] = "{\"Records\":[],\"MillisBehindLatest\":0}";
    pthread_rwlock_rdlock(&page_lock);
    bool sent = page.size > 0
                    ? connection_answer(connection, 200, page_type, page.bytes, page.size)
                    : connection_answer(connection, 200, page_type, EMPTY, sizeof EMPTY - 1);
    pthread_rwlock_unlock(&page_lock);
    return sent;
}

bool control_perform(const struct request *request, struct buffer *out)
{
    int milliseconds;
    if (strcmp(request->path, "/stats") == 0) {
        tally_print(out);
        return true;
    }
    if (sscanf(request->path, "/delay/%d", &milliseconds) == 1)
        atomic_store(&delay, milliseconds);
    else if (strcmp(request->path, "/reset") == 0 || strcmp(request->path, "/reset-times") == 0)
        tally_reset(request->path[6] != '\0');
    else if (strcmp(request->path, "/page") == 0)
        keep_page(request);
    else
        return false;
    buffer_print(out, "{}");
    return true;
}
