/* Base64, decoded where it stands. */
#ifndef BASE64_H
#define BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To be called once, before anything is decoded. */
void base64_prepare(void);

/* Put the bytes where the text was; false where it is no base64. */
bool base64_decode(uint8_t *text, size_t *size);

#endif
