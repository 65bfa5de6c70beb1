/* What the harness asks of the sink itself. */
#ifndef CONTROL_H
#define CONTROL_H

#include "http.h"

/* POST /stats, /reset, /reset-times, /delay/MILLISECONDS, /page; false for any other. */
bool control_perform(const struct request *request, struct buffer *out);

/* As long as each answer to a put has to wait; others are not held up. */
void control_wait(void);

/* The body that was given to /page, with its type. */
bool control_answer_page(struct connection *connection);

#endif
