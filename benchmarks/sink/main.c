/* A sink for PutRecords: it answers properly, and counts what arrived.

   sink CERTIFICATE KEY SHARDS

   Binds two ports of 127.0.0.1, plain and TLS, prints them, and ends when its input does. */
#include "base64.h"
#include "http.h"
#include "service.h"
#include "stream.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What OpenSSL reads of a socket at once. It moves what is left to the front for each TLS record, so
   that more than a few of them cost more than the calls they save. */
#define TLS_READ_SIZE ((size_t)1 << 16)

struct door {
    int listener;
    SSL_CTX *context; /* NULL for the plain one */
};

struct guest {
    int socket;
    SSL_CTX *context;
};

static void fail(const char *what)
{
    fprintf(stderr, "sink: %s\n", what);
    exit(1);
}

static SSL_CTX *tls_context(const char *certificate, const char *key)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
        fail("the certificate or its key cannot be read");
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, TLS_READ_SIZE);
    return context;
}

static int listen_on(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 128) != 0)
        fail("no port can be had");
    getsockname(listener, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return listener;
}

static void *serve_guest(void *argument)
{
    struct guest guest = *(struct guest *)argument;
    struct connection connection;
    free(argument);
    if (connection_open(&connection, guest.socket, guest.context))
        service_run(&connection);
    connection_close(&connection);
    return NULL;
}

static void start(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, argument) != 0)
        fail("no thread can be had");
    pthread_detach(thread);
}

static void *accept_guests(void *argument)
{
    const struct door *door = argument;
    for (;;) {
        int socket = accept(door->listener, NULL, NULL);
        struct guest *guest = socket < 0 ? NULL : malloc(sizeof *guest);
        if (guest == NULL)
            continue;
        *guest = (struct guest){socket, door->context};
        start(serve_guest, guest);
    }
    return NULL;
}

int main(int count, char **arguments)
{
    static struct door plain, tls;
    unsigned plain_port, tls_port;
    char byte;
    int shards = count == 4 ? atoi(arguments[3]) : 0;
    if (shards < 1)
        fail("usage: sink CERTIFICATE KEY SHARDS");
    signal(SIGPIPE, SIG_IGN);
    base64_prepare();
    stream_open((unsigned)shards);
    plain = (struct door){listen_on(&plain_port), NULL};
    tls = (struct door){listen_on(&tls_port), tls_context(arguments[1], arguments[2])};
    start(accept_guests, &plain);
    start(accept_guests, &tls);
    printf("%u %u\n", plain_port, tls_port);
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}
