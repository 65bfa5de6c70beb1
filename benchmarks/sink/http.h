/* Connections on which requests come, plain or over TLS, and answers go. */
#ifndef HTTP_H
#define HTTP_H

#include "buffer.h"

#include <openssl/ssl.h>
#include <stdbool.h>

struct connection {
    int socket;
    SSL *tls; /* NULL on a plain one */
    struct buffer received;
    size_t taken; /* of what was received: the request that was last given out */
};

struct request {
    char path[128], target[64], type[64];
    char *body;
    size_t size;
};

/* Shake hands, where the connection is one over TLS. */
bool connection_open(struct connection *connection, int socket, SSL_CTX *context);
void connection_close(struct connection *connection);

/* The next whole request; false at the end. Its body lasts until the one after it. */
bool connection_next(struct connection *connection, struct request *request);
bool connection_answer(struct connection *connection, int status, const char *type,
                       const char *body, size_t size);

#endif
