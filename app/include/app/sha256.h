/* sha256.h - SHA-256 of what went in, by OpenSSL's libcrypto: the identity of inputs in summaries, databases and reports. */
#ifndef BERTH_APP_SHA256_H
#define BERTH_APP_SHA256_H

#include "base/error.h"

#define SHA256_HEX_SIZE 65

/* Lower-case hexadecimal, NUL-terminated. */
void sha256_bytes(const void *bytes, size_t length, char ret_hex[SHA256_HEX_SIZE]);
/* Streams the file; `ret_bytes` is its size. */
NODISCARD bool sha256_file(const char *path, char ret_hex[SHA256_HEX_SIZE], int64_t *ret_bytes, struct error *error);

#endif
