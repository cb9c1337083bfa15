// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a daemon, it counts the calls of malloc(3) and its kin: eight bytes in the file
// $RELAIS_ALLOCATIONS/<program>.<pid>, which a test reads while the daemon runs. glibc lets a library replace these
// functions and keeps its own under the names used here.
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern char *program_invocation_short_name;

static _Atomic uint64_t early;
static _Atomic uint64_t *count = &early;

static void counted(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

void *malloc(size_t size) { counted(); return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { counted(); return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { counted(); return __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { counted(); return __libc_memalign(alignment, size); }

int posix_memalign(void **result, size_t alignment, size_t size) {
    counted();
    *result = __libc_memalign(alignment, size);
    return *result ? 0 : 12 /* ENOMEM */;
}

// Before main, and so before the sandbox.
__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("RELAIS_ALLOCATIONS");
    if (!folder) return;
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%d", folder, program_invocation_short_name, getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0) return;
    if (ftruncate(fd, 8) == 0) {
        void *page = mmap(0, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (page != MAP_FAILED) count = page;
    }
    close(fd);
}
