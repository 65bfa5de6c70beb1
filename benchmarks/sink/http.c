#include "http.h"

#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* Read at once: enough to ask the kernel seldom. */
#define READ_SIZE ((size_t)1 << 18)

/* Up to here, head and body go in one write. */
#define SMALL ((size_t)1 << 16)

/* No request of Kinesis is longer (API reference, PutRecords: 10 MiB, in base64). */
#define MOST_BODY ((size_t)32 << 20)

bool connection_open(struct connection *connection, int socket, SSL_CTX *context)
{
    *connection = (struct connection){.socket = socket};
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (context == NULL)
        return true;
    connection->tls = SSL_new(context);
    SSL_set_fd(connection->tls, socket);
    return SSL_accept(connection->tls) == 1;
}

void connection_close(struct connection *connection)
{
    SSL_free(connection->tls);
    close(connection->socket);
    buffer_free(&connection->received);
}

static bool receive(struct connection *connection)
{
    struct buffer *received = &connection->received;
    buffer_reserve(received, READ_SIZE);
    char *end = received->bytes + received->size;
    size_t room = received->capacity - received->size;
    ssize_t size = connection->tls ? SSL_read(connection->tls, end, (int)room)
                                   : recv(connection->socket, end, room, 0);
    if (size <= 0)
        return false;
    received->size += (size_t)size;
    return true;
}

static bool send_all(struct connection *connection, const char *bytes, size_t size)
{
    if (size > 0 && connection->tls)
        return SSL_write(connection->tls, bytes, (int)size) > 0;
    while (size > 0) {
        ssize_t sent = send(connection->socket, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void copy_value(char *to, size_t room, const char *value, size_t size)
{
    while (size > 0 && isspace((unsigned char)*value))
        value++, size--;
    snprintf(to, room, "%.*s", (int)size, value);
}

static bool header_is(const char *line, const char *name, const char **value)
{
    size_t size = strlen(name);
    *value = line + size + 1;
    return strncasecmp(line, name, size) == 0 && line[size] == ':';
}

static void read_header(struct request *request, const char *line, const char *end)
{
    const char *value;
    if (header_is(line, "Content-Length", &value))
        request->size = strtoul(value, NULL, 10);
    else if (header_is(line, "Content-Type", &value))
        copy_value(request->type, sizeof request->type, value, (size_t)(end - value));
    else if (header_is(line, "X-Amz-Target", &value))
        copy_value(request->target, sizeof request->target, value, (size_t)(end - value));
}

/* The second word of the first line. */
static void read_path(struct request *request, const char *line, const char *end)
{
    const char *path = memchr(line, ' ', (size_t)(end - line));
    const char *path_end = path ? memchr(path + 1, ' ', (size_t)(end - path - 1)) : NULL;
    if (path_end != NULL)
        copy_value(request->path, sizeof request->path, path, (size_t)(path_end - path));
}

/* The head goes from `line` to `end`, where an empty line stands. */
static void read_head(struct request *request, const char *line, const char *end)
{
    *request = (struct request){0};
    read_path(request, line, end);
    while (line < end) {
        const char *line_end = memchr(line, '\r', (size_t)(end - line));
        line_end = line_end ? line_end : end;
        read_header(request, line, line_end);
        line = line_end + 2;
    }
}

/* Drop the request that was given out; what came behind it moves to the front. */
static void forget(struct connection *connection)
{
    struct buffer *received = &connection->received;
    received->size -= connection->taken;
    memmove(received->bytes, received->bytes + connection->taken, received->size);
    connection->taken = 0;
}

bool connection_next(struct connection *connection, struct request *request)
{
    struct buffer *received = &connection->received;
    char *end;
    if (connection->taken > 0)
        forget(connection);
    while ((end = received->size ? memmem(received->bytes, received->size, "\r\n\r\n", 4) : NULL)
           == NULL)
        if (!receive(connection))
            return false;
    read_head(request, received->bytes, end);
    size_t head = (size_t)(end - received->bytes) + 4;
    if (request->size > MOST_BODY)
        return false;
    while (received->size < head + request->size)
        if (!receive(connection))
            return false;
    request->body = received->bytes + head;
    connection->taken = head + request->size;
    return true;
}

bool connection_answer(struct connection *connection, int status, const char *type,
                       const char *body, size_t size)
{
    struct buffer out = {0};
    buffer_print(&out,
                 "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                 "x-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n\r\n",
                 status, status == 200 ? "OK" : "Bad Request", type, size);
    bool together = size <= SMALL;
    if (together)
        buffer_add(&out, body, size);
    bool sent = send_all(connection, out.bytes, out.size)
                && (together || send_all(connection, body, size));
    buffer_free(&out);
    return sent;
}
