#include "service.h"

#include "aggregates.h"
#include "answers.h"
#include "control.h"
#include "put.h"
#include "stream.h"
#include "tally.h"

#include <string.h>

#define JSON_TYPE "application/x-amz-json-1.1"
#define CBOR_TYPE "application/x-amz-cbor-1.1"

struct answer {
    int status;
    const char *type;
    struct buffer body;
};

static void refuse(struct answer *answer, const char *code)
{
    answer->status = 400;
    buffer_print(&answer->body, "{\"__type\":\"%s\",\"message\":\"the sink says so\"}", code);
}

static void count(const struct request *request, const struct put *put, int64_t received)
{
    struct tally tally = {.requests = 1, .bytes = request->size, .received = received};
    for (size_t index = 0; index < put->count; index++) {
        const struct text *data = &put->entries[index].data;
        count_user_records(&tally, (const uint8_t *)data->at, data->size);
    }
    tally_commit(&tally);
}

static void put_records(struct request *request, struct answer *answer)
{
    struct put put;
    int64_t received = nanoseconds_now();
    bool cbor = strcmp(request->type, CBOR_TYPE) == 0;
    if (!(cbor ? put_from_cbor : put_from_json)(&put, request->body, request->size)) {
        refuse(answer, "SerializationException");
        return;
    }
    count(request, &put, received);
    if (cbor) {
        answer->type = CBOR_TYPE;
        answer_in_cbor(&answer->body, &put);
    } else if (strstr(request->target, ".PutRecords")) {
        answer_in_json(&answer->body, &put);
    } else {
        answer_single(&answer->body, &put);
    }
    control_wait();
}

static void perform(struct request *request, struct answer *answer)
{
    const char *dot = strchr(request->target, '.');
    const char *operation = dot ? dot + 1 : "";
    if (strcmp(operation, "PutRecords") == 0 || strcmp(operation, "PutRecord") == 0)
        put_records(request, answer);
    else if (strcmp(operation, "ListShards") == 0)
        stream_list_shards(&answer->body);
    else if (strcmp(operation, "DescribeStreamSummary") == 0)
        stream_describe_summary(&answer->body);
    else if (strcmp(operation, "DescribeStream") == 0)
        stream_describe(&answer->body);
    else if (strcmp(operation, "GetShardIterator") == 0)
        buffer_print(&answer->body, "{\"ShardIterator\":\"sink\"}");
    else
        refuse(answer, "UnknownOperationException");
}

static bool serve(struct connection *connection, struct request *request)
{
    struct answer answer = {.status = 200, .type = JSON_TYPE};
    if (strstr(request->target, ".GetRecords"))
        return control_answer_page(connection);
    if (request->target[0] != '\0')
        perform(request, &answer);
    else if (!control_perform(request, &answer.body))
        refuse(&answer, "UnknownOperationException");
    bool sent = connection_answer(connection, answer.status, answer.type, answer.body.bytes,
                                  answer.body.size);
    buffer_free(&answer.body);
    return sent;
}

void service_run(struct connection *connection)
{
    struct request request;
    while (connection_next(connection, &request) && serve(connection, &request)) {
    }
}
