// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

// Debian 12's headers know ABI 1 only; the kernel accepts the longer structure where it knows it.
struct ruleset { uint64_t files, network, scopes; };

int linux_landlock_abi(void) {
    long r = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return r < 0 ? -errno : (int)r;
}

int linux_landlock_create(uint64_t files, uint64_t network, uint64_t scopes) {
    struct ruleset rules = { files, network, scopes };
    size_t size = scopes ? sizeof rules : network ? 16 : 8;
    long r = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    return r < 0 ? -errno : (int)r;
}

int linux_landlock_allow(int ruleset, int path_fd, uint64_t access) {
    struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = path_fd };
    long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    return r < 0 ? -errno : 0;
}

int linux_landlock_restrict(int ruleset) {
    long r = syscall(SYS_landlock_restrict_self, ruleset, 0);
    return r < 0 ? -errno : 0;
}
