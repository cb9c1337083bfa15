// SPDX-License-Identifier: Apache-2.0
//
// CRC32C (RFC 3720 appendix B.4) of queue files: 20 MB in Swift's checked arithmetic would cost as much as writing them,
// and the processor has an instruction for it. Tables (slicing by eight) where it does not.
#include "CLinux.h"
#include <string.h>
#if defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

static uint32_t table[8][256];

__attribute__((constructor)) static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
        table[0][i] = value;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++) table[k][i] = table[k - 1][i] >> 8 ^ table[0][table[k - 1][i] & 255];
}

static uint32_t by_table(uint32_t crc, const uint8_t *p, size_t count) {
    for (; count >= 8; p += 8, count -= 8) {
        uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^ table[4][low >> 24]
            ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    while (count--) crc = crc >> 8 ^ table[0][(crc ^ *p++) & 255];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t count) {
    uint64_t wide = crc, word;
    for (; count >= 8; p += 8, count -= 8) {
        memcpy(&word, p, 8);
        wide = __builtin_ia32_crc32di(wide, word);
    }
    crc = (uint32_t)wide;
    while (count--) crc = __builtin_ia32_crc32qi(crc, *p++);
    return crc;
}
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t count) {
    uint64_t word;
    for (; count >= 8; p += 8, count -= 8) {
        memcpy(&word, p, 8);
        crc = __crc32cd(crc, word);
    }
    while (count--) crc = __crc32cb(crc, *p++);
    return crc;
}
static int has_instruction(void) { return 1; }
#else
static uint32_t by_instruction(uint32_t crc, const uint8_t *p, size_t count) { return by_table(crc, p, count); }
static int has_instruction(void) { return 0; }
#endif

uint32_t linux_crc32c(uint32_t crc, const void *bytes, size_t count) {
    if (!bytes || count == 0) return crc;
    return ~(has_instruction() ? by_instruction(~crc, bytes, count) : by_table(~crc, bytes, count));
}

uint32_t linux_crc32c_table(uint32_t crc, const void *bytes, size_t count) {
    if (!bytes || count == 0) return crc;
    return ~by_table(~crc, bytes, count);
}
