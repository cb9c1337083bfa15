// SPDX-License-Identifier: Apache-2.0
//
// OpenSSL's hash functions alone: who only hashes needs no TLS in its process.
#pragma once
#include <openssl/evp.h>
