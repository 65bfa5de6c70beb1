#include "stream.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <string.h>

typedef unsigned __int128 hash_key;

static unsigned shard_count;
static hash_key shard_size;
static EVP_MD *md5;
static _Atomic uint64_t sequence_numbers;

void stream_open(unsigned shards)
{
    shard_count = shards;
    /* 2**128 is one more than the type holds: with one shard, all is in the first anyway */
    shard_size = shards == 1 ? ~(hash_key)0 : ~(hash_key)0 / shards;
    md5 = EVP_MD_fetch(NULL, "MD5", NULL);
}

static hash_key hash_of(const struct text *key)
{
    static _Thread_local EVP_MD_CTX *context;
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (context == NULL)
        context = EVP_MD_CTX_new();
    EVP_DigestInit_ex2(context, md5, NULL);
    EVP_DigestUpdate(context, key->at, key->size);
    EVP_DigestFinal_ex(context, digest, NULL);
    hash_key hash = 0;
    for (int byte = 0; byte < 16; byte++)
        hash = hash << 8 | digest[byte];
    return hash;
}

static hash_key in_decimal(const struct text *digits)
{
    hash_key number = 0;
    for (size_t at = 0; at < digits->size; at++)
        number = number * 10 + (unsigned)(digits->at[at] - '0');
    return number;
}

unsigned stream_shard_of(const struct entry *entry)
{
    hash_key hash = entry->hash_key.at ? in_decimal(&entry->hash_key) : hash_of(&entry->key);
    hash_key shard = hash / shard_size;
    return shard < shard_count ? (unsigned)shard : shard_count - 1;
}

uint64_t stream_sequence_numbers(size_t count)
{
    return atomic_fetch_add(&sequence_numbers, count);
}

static void add_hash_key(struct buffer *out, hash_key number)
{
    char digits[40];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number != 0);
    buffer_add(out, digits + at, sizeof digits - at);
}

static void add_shard(struct buffer *out, unsigned shard)
{
    bool last = shard + 1 == shard_count;
    buffer_print(out, "{\"ShardId\":\"shardId-%012u\",\"HashKeyRange\":{\"StartingHashKey\":\"", shard);
    add_hash_key(out, shard * shard_size);
    buffer_print(out, "\",\"EndingHashKey\":\"");
    add_hash_key(out, last ? ~(hash_key)0 : (shard + 1) * shard_size - 1);
    buffer_print(out, "\"},\"SequenceNumberRange\":{\"StartingSequenceNumber\":\"49%054u\"}}", 0);
}

static void add_shards(struct buffer *out)
{
    buffer_print(out, "\"Shards\":[");
    for (unsigned shard = 0; shard < shard_count; shard++) {
        buffer_print(out, "%s", shard ? "," : "");
        add_shard(out, shard);
    }
    buffer_print(out, "]");
}

static void add_description(struct buffer *out)
{
    buffer_print(out, "\"StreamName\":\"orders\",\"StreamStatus\":\"ACTIVE\","
                      "\"StreamARN\":\"arn:aws:kinesis:us-east-1:000000000000:stream/orders\","
                      "\"StreamModeDetails\":{\"StreamMode\":\"PROVISIONED\"},");
    buffer_print(out, "\"RetentionPeriodHours\":24,\"StreamCreationTimestamp\":1700000000.0,"
                      "\"EnhancedMonitoring\":[{\"ShardLevelMetrics\":[]}],"
                      "\"EncryptionType\":\"NONE\"");
}

void stream_list_shards(struct buffer *out)
{
    buffer_print(out, "{");
    add_shards(out);
    buffer_print(out, "}");
}

void stream_describe(struct buffer *out)
{
    buffer_print(out, "{\"StreamDescription\":{");
    add_description(out);
    buffer_print(out, ",\"HasMoreShards\":false,");
    add_shards(out);
    buffer_print(out, "}}");
}

void stream_describe_summary(struct buffer *out)
{
    buffer_print(out, "{\"StreamDescriptionSummary\":{");
    add_description(out);
    buffer_print(out, ",\"OpenShardCount\":%u,\"ConsumerCount\":0}}", shard_count);
}
