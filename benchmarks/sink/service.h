/* What each request is answered. */
#ifndef SERVICE_H
#define SERVICE_H

#include "http.h"

/* Answer requests until the connection ends. */
void service_run(struct connection *connection);

#endif
