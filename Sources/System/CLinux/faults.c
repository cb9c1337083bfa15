// SPDX-License-Identifier: Apache-2.0
// Faults in the map of a file that was cut short, or that the disk does not give: while a thread guards, the page is replaced
// by a given one, so that its reader sees damage and the process lives.
#include "CLinux.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned char substitute[4096];
static size_t page_size;
static _Thread_local volatile int guards;
static _Thread_local volatile uint64_t faults;

static void replace_page(int number, siginfo_t *info, void *context) {
    (void)context;
    int before = errno;
    if (guards > 0 && info->si_code > 0) {
        void *page = (void *)((uintptr_t)info->si_addr & ~(uintptr_t)(page_size - 1));
        int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
        if (mmap(page, page_size, PROT_READ | PROT_WRITE, flags, -1, 0) == page) {
            memcpy(page, substitute, sizeof substitute);
            faults += 1;
            errno = before;
            return;
        }
    }
    // Anybody else's: it comes again, and ends the process.
    signal(number, SIG_DFL);
    errno = before;
}

int linux_guard_maps(const void *page, size_t count) {
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    if (count > sizeof substitute || page_size < sizeof substitute) return -EINVAL;
    memcpy(substitute, page, count);
    struct sigaction action = { .sa_sigaction = replace_page, .sa_flags = SA_SIGINFO };
    return sigaction(SIGBUS, &action, NULL) < 0 ? -errno : 0;
}
void linux_guard_begin(void) { guards += 1; }
void linux_guard_end(void) { guards -= 1; }
uint64_t linux_guard_faults(void) { return faults; }
