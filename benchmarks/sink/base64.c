#include "base64.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a character means, at each of the four places of a group; the top byte is set for none. */
static uint32_t meaning[4][256];
static const uint32_t NONE = UINT32_C(0xff000000);

/* Decodes a head of the text, and says how much of it; the rest is for the tables. */
static size_t (*decode_head)(const uint8_t *text, size_t size, uint8_t *out);

static size_t no_head(const uint8_t *text, size_t size, uint8_t *out)
{
    (void)text, (void)size, (void)out;
    return 0;
}

#if defined(__x86_64__)
/* Add the distance between a character and its value to those from first to last, and mark them. */
__attribute__((target("ssse3"))) static void move(__m128i chars, char first, char last, int distance,
                                                  __m128i *values, __m128i *known)
{
    __m128i above = _mm_cmpgt_epi8(chars, _mm_set1_epi8((char)(first - 1)));
    __m128i below = _mm_cmplt_epi8(chars, _mm_set1_epi8((char)(last + 1)));
    __m128i here = _mm_and_si128(above, below);
    *values = _mm_add_epi8(*values, _mm_and_si128(here, _mm_set1_epi8((char)distance)));
    *known = _mm_or_si128(*known, here);
}

/* Sixteen characters at once, to twelve bytes; up to one that is not in the alphabet. */
__attribute__((target("ssse3"))) static size_t sixteen_at_once(const uint8_t *text, size_t size,
                                                               uint8_t *out)
{
    const __m128i order = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    size_t done = 0;
    /* sixteen bytes are written where twelve count: stay well before the end */
    for (; done + 32 <= size; done += 16, out += 12) {
        __m128i chars = _mm_loadu_si128((const __m128i *)(text + done));
        __m128i values = chars, known = _mm_setzero_si128();
        move(chars, 'A', 'Z', 0 - 'A', &values, &known);
        move(chars, 'a', 'z', 26 - 'a', &values, &known);
        move(chars, '0', '9', 52 - '0', &values, &known);
        move(chars, '+', '+', 62 - '+', &values, &known);
        move(chars, '/', '/', 63 - '/', &values, &known);
        if (_mm_movemask_epi8(known) != 0xffff)
            break;
        /* four times six bits: two and two to twelve, then both to twenty-four */
        __m128i twelve = _mm_maddubs_epi16(values, _mm_set1_epi16(1 << 8 | 1 << 6));
        __m128i groups = _mm_madd_epi16(twelve, _mm_set1_epi32(1 << 16 | 1 << 12));
        _mm_storeu_si128((__m128i *)out, _mm_shuffle_epi8(groups, order));
    }
    return done;
}
#endif

void base64_prepare(void)
{
    for (int place = 0; place < 4; place++) {
        for (int byte = 0; byte < 256; byte++)
            meaning[place][byte] = NONE;
        for (uint32_t value = 0; value < 64; value++)
            meaning[place][(uint8_t)ALPHABET[value]] = value << (18 - 6 * place);
    }
    decode_head = no_head;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("ssse3"))
        decode_head = sixteen_at_once;
#endif
}

static uint32_t group_of(const uint8_t *text)
{
    return meaning[0][text[0]] | meaning[1][text[1]] | meaning[2][text[2]] | meaning[3][text[3]];
}

static uint8_t *put(uint8_t *out, uint32_t group)
{
    out[0] = (uint8_t)(group >> 16);
    out[1] = (uint8_t)(group >> 8);
    out[2] = (uint8_t)group;
    return out + 3;
}

/* The last group, in which up to two characters may be padding. */
static bool put_last(uint8_t **out, const uint8_t *text)
{
    uint8_t group[4];
    memcpy(group, text, 4);
    int padding = (group[3] == '=') + (group[3] == '=' && group[2] == '=');
    memset(group + 4 - padding, 'A', (size_t)padding);
    uint32_t bits = group_of(group);
    *out = put(*out, bits) - padding;
    return !(bits & NONE);
}

bool base64_decode(uint8_t *text, size_t *size)
{
    uint8_t *out = text;
    if (*size % 4 != 0)
        return false;
    if (*size == 0)
        return true;
    size_t at = decode_head(text, *size, out);
    out += at / 4 * 3;
    uint32_t seen = 0;
    for (; at + 4 < *size; at += 4) {
        uint32_t group = group_of(text + at);
        seen |= group;
        out = put(out, group);
    }
    bool right = put_last(&out, text + at);
    *size = (size_t)(out - text);
    return right && !(seen & NONE);
}
