/* sha256.c - see sha256.h. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/sha256.h"

static EVP_MD_CTX *begin(void)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		abort(); /* out of memory: libcrypto always has SHA-256 */
	return context;
}

static void end(EVP_MD_CTX *context, char ret_hex[SHA256_HEX_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int length = 0;
	EVP_DigestFinal_ex(context, digest, &length);
	EVP_MD_CTX_free(context);
	for (unsigned int i = 0; i < length; i++)
		snprintf(ret_hex + (size_t)2 * i, 3, "%02x", digest[i]);
}

void sha256_bytes(const void *bytes, size_t length, char ret_hex[SHA256_HEX_SIZE])
{
	EVP_MD_CTX *context = begin();
	EVP_DigestUpdate(context, bytes, length);
	end(context, ret_hex);
}

bool sha256_file(const char *path, char ret_hex[SHA256_HEX_SIZE], int64_t *ret_bytes, struct error *error)
{
	FILE *file = fopen(path, "rbe");
	if (!file)
		return error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	EVP_MD_CTX *context = begin();
	char block[64 * 1024];
	int64_t total = 0;
	for (size_t length; (length = fread(block, 1, sizeof block, file)) > 0; total += (int64_t)length)
		EVP_DigestUpdate(context, block, length);
	bool ok = !ferror(file) || error_set(error, ERROR_BAD_INPUT, "%s: %s", path, strerror(errno));
	fclose(file);
	char hex[SHA256_HEX_SIZE];
	end(context, hex);
	if (!ok)
		return false;
	strcpy(ret_hex, hex);
	*ret_bytes = total;
	return true;
}
