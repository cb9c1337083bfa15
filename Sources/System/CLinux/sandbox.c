// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
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

// No mail daemon ever needs these.
static const int never[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module,
    SYS_finit_module, SYS_delete_module, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_swapon, SYS_swapoff, SYS_reboot,
    SYS_sethostname, SYS_setdomainname, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key,
    SYS_request_key, SYS_unshare, SYS_setns, SYS_acct, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
    SYS_clock_adjtime, SYS_quotactl, SYS_syslog, SYS_personality, SYS_open_by_handle_at, SYS_name_to_handle_at,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_mknod, SYS_mknodat, SYS_chroot, SYS_vhangup,
    SYS_lookup_dcookie, SYS_move_pages, SYS_kcmp, SYS_iopl, SYS_ioperm, SYS_open_tree, SYS_move_mount, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_pidfd_getfd, SYS_process_madvise, -1
};
// A program of another kind or a new process (threads go through clone and clone3, which therefore stay).
static const int spawn[] = { SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, -1 };
// New sockets; those that are there go on working.
static const int network[] = { SYS_socket, SYS_bind, SYS_listen, SYS_connect, -1 };
static const int identity[] = {
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
    SYS_setfsgid, SYS_capset, -1
};

const int linux_call_set_fs_group = SYS_setfsgid;

const int *linux_call_group(int group) {
    switch (group) {
    case linux_calls_spawn: return spawn;
    case linux_calls_network: return network;
    case linux_calls_identity: return identity;
    default: return never;
    }
}

int linux_no_new_privs(void);

int linux_seccomp_refuse(const int *calls, int count) {
#if defined(__x86_64__)
    const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    const uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "seccomp: this architecture's name is missing"
#endif
    struct sock_filter program[512];
    int n = 0;
    if (count > 400) return -E2BIG;
    program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
    // The x32 numbers are the same calls by another name.
    program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
#endif
    for (int i = 0; i < count; i++) {
        program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i], 0, 1);
        program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    if (count > 230) return -E2BIG;
    struct sock_fprog filter = { (unsigned short)n, program };
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    return r < 0 ? -errno : r > 0 ? -ESRCH : 0;
}
