// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

// The filter is a list of calls that are allowed. Every other call answers ENOSYS, as a kernel does that does not have it:
// the C library then takes an older call, and a program gets an error that it can report.
//
// Kernels from 5.11 on keep a bitmap of the calls that are allowed whatever their arguments are, and do not run the filter
// for those. For older ones the frequent calls stand first.

// What a daemon does all the time.
static const int frequent[] = {
    SYS_read, SYS_write, SYS_recvfrom, SYS_sendto, SYS_recvmsg, SYS_sendmsg, SYS_epoll_pwait,
#ifdef SYS_epoll_wait
    SYS_epoll_wait,
#endif
    SYS_epoll_ctl, SYS_futex, SYS_pread64, SYS_pwrite64, SYS_writev, SYS_close, SYS_openat, SYS_fdatasync, SYS_fsync,
    SYS_newfstatat, SYS_fstat, SYS_accept4, SYS_fcntl, SYS_clock_gettime, SYS_mmap, SYS_munmap, SYS_madvise,
};

// What every daemon may do: use the descriptors it has, look at files, have memory, threads, signals and timers of its own.
static const int usual[] = {
    SYS_readv, SYS_preadv, SYS_preadv2, SYS_pwritev, SYS_pwritev2, SYS_lseek, SYS_openat2, SYS_statx, SYS_getdents64,
    SYS_readlinkat, SYS_faccessat, SYS_faccessat2, SYS_statfs, SYS_fstatfs, SYS_getcwd, SYS_fadvise64, SYS_readahead,
    SYS_sendfile, SYS_splice, SYS_copy_file_range, SYS_flock, SYS_umask, SYS_dup, SYS_dup3, SYS_pipe2, SYS_close_range,
    SYS_accept, SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername, SYS_shutdown, SYS_sendmmsg, SYS_recvmmsg,
    SYS_epoll_create1, SYS_ppoll, SYS_pselect6, SYS_eventfd2, SYS_signalfd4, SYS_timerfd_create, SYS_timerfd_settime,
    SYS_timerfd_gettime, SYS_inotify_init1, SYS_inotify_add_watch, SYS_inotify_rm_watch, SYS_memfd_create,
    SYS_mremap, SYS_mprotect, SYS_brk, SYS_mincore, SYS_membarrier, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq,
    SYS_set_tid_address, SYS_sched_yield, SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler,
    SYS_sched_get_priority_max, SYS_sched_get_priority_min, SYS_getcpu, SYS_exit, SYS_exit_group, SYS_restart_syscall,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigtimedwait, SYS_rt_sigsuspend,
    SYS_sigaltstack, SYS_setitimer, SYS_getitimer, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_getres,
    SYS_gettimeofday, SYS_times, SYS_getrusage, SYS_getrandom, SYS_uname, SYS_sysinfo, SYS_getpid, SYS_getppid,
    SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getgroups, SYS_getresuid, SYS_getresgid, SYS_getpgid,
    SYS_getsid, SYS_capget,
    // Names that newer architectures do not have any more.
#ifdef SYS_open
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_getdents, SYS_dup2, SYS_pipe, SYS_poll, SYS_select,
    SYS_epoll_create, SYS_eventfd, SYS_signalfd, SYS_inotify_init, SYS_time, SYS_alarm, SYS_pause, SYS_getpgrp,
    SYS_arch_prctl,
#endif
#ifdef SYS_getrlimit
    SYS_getrlimit,
#endif
};

// Changes of files. Landlock and the permissions decide which.
static const int files[] = {
    SYS_ftruncate, SYS_fallocate, SYS_sync_file_range, SYS_syncfs, SYS_msync, SYS_truncate, SYS_renameat2, SYS_linkat,
    SYS_unlinkat, SYS_mkdirat, SYS_fchmod, SYS_fchmodat, SYS_fchown, SYS_fchownat, SYS_utimensat,
#ifdef SYS_fchmodat2
    SYS_fchmodat2,
#endif
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_open
    SYS_creat, SYS_rename, SYS_link, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_chmod, SYS_chown, SYS_lchown, SYS_utime,
    SYS_utimes, SYS_futimesat,
#endif
};

static const int listening[] = { SYS_bind, SYS_listen };

// What a process needs to confine itself once more.
static const int confining[] = {
    SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_capset,
};

struct program {
    struct linux_instruction *code;
    int count, room;
};

static void put(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no) {
    if (p->count < p->room) p->code[p->count] = (struct linux_instruction){ code, yes, no, k };
    p->count++;
}
static void load(struct program *p, int offset) { put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0); }
// The lower half of an argument; both architectures are little-endian.
static void load_argument(struct program *p, int index) { load(p, (int)offsetof(struct seccomp_data, args) + 8 * index); }
static void load_upper(struct program *p, int index) { load(p, (int)offsetof(struct seccomp_data, args) + 8 * index + 4); }
static void answer(struct program *p, uint32_t what) { put(p, BPF_RET | BPF_K, what, 0, 0); }
static void allow(struct program *p) { answer(p, SECCOMP_RET_ALLOW); }
static void refuse(struct program *p, int error) { answer(p, SECCOMP_RET_ERRNO | (uint32_t)error); }
static void allow_equal(struct program *p, uint32_t value) {
    put(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    allow(p);
}

static void allow_all(struct program *p, const int *calls, size_t count) {
    for (size_t i = 0; i < count; i++) allow_equal(p, (uint32_t)calls[i]);
}
#define ALLOW_ALL(p, calls) allow_all(p, calls, sizeof calls / sizeof calls[0])

// A call whose arguments count. What stands between `begin` and `end` must end with an answer.
static int begin(struct program *p, int call) {
    put(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 0);
    return p->count - 1;
}
static void end(struct program *p, int start) {
    int length = p->count - start - 1;
    if (length > 255) p->count = p->room + 1;   // reported as E2BIG
    else if (start < p->room) p->code[start].no = (uint8_t)length;
}

static void rule_socket(struct program *p, const struct linux_call_rights *rights, int call) {
    int start = begin(p, call);
    load_argument(p, 0);
    if (rights->domains & linux_domain_unix) allow_equal(p, AF_UNIX);
    if (rights->domains & linux_domain_internet) {
        allow_equal(p, AF_INET);
        allow_equal(p, AF_INET6);
        // The resolver asks which addresses the host has (NETLINK_ROUTE), and nothing else of the kernel.
        put(p, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3);
        load_argument(p, 2);
        allow_equal(p, 0);
    }
    refuse(p, EAFNOSUPPORT);
    end(p, start);
}

// Each of the arguments must be at least `minimum`, or the process's own id, or one of the listed ones. 2^32-1 changes nothing,
// and is above every minimum.
static void rule_ids(
    struct program *p, int call, int arguments, uint32_t minimum, uint32_t own, const uint32_t *listed, int count
) {
    int start = begin(p, call);
    for (int i = 0; i < arguments; i++) {
        load_argument(p, i);
        int rest = count + 2;
        put(p, BPF_JMP | BPF_JGE | BPF_K, minimum, (uint8_t)rest--, 0);
        // Root's own id is none to return to.
        put(p, BPF_JMP | BPF_JEQ | BPF_K, own ? own : UINT32_MAX, (uint8_t)rest--, 0);
        for (int j = 0; j < count; j++) put(p, BPF_JMP | BPF_JEQ | BPF_K, listed[j], (uint8_t)rest--, 0);
        refuse(p, EPERM);
    }
    allow(p);
    end(p, start);
}

static void rule_identity(struct program *p, const struct linux_call_rights *rights) {
    const uint32_t *groups = rights->groups_listed;
    int count = rights->groups_count;
    uint32_t uid = rights->minimum_uid, gid = rights->minimum_gid;
    if (rights->identity == linux_identity_kept) return;
    rule_ids(p, SYS_setfsuid, 1, uid, rights->uid, NULL, 0);
    rule_ids(p, SYS_setfsgid, 1, gid, rights->gid, groups, count);
    if (rights->identity != linux_identity_changes) return;
    rule_ids(p, SYS_setresuid, 3, uid, rights->uid, NULL, 0);
    rule_ids(p, SYS_setresgid, 3, gid, rights->gid, groups, count);
    allow_equal(p, SYS_setgroups);
}

// Signals to this process only: abort(3) and raise(3) send one. With `probes` signal 0 goes anywhere: it is none, and says
// whether the process is there that a lock file names.
static void rule_signal(struct program *p, const struct linux_call_rights *rights, int call, int probes) {
    int start = begin(p, call);
    if (probes) {
        load_argument(p, 1);
        allow_equal(p, 0);
    }
    load_argument(p, 0);
    allow_equal(p, rights->pid);
    refuse(p, EPERM);
    end(p, start);
}

static void rule_clone(struct program *p) {
    int start = begin(p, SYS_clone);
    load_argument(p, 0);
    put(p, BPF_JMP | BPF_JSET | BPF_K,
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET, 2, 0);
    put(p, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    allow(p);
    refuse(p, ENOSYS);
    end(p, start);
}

// Reading limits of this process: pthread_create(3) does.
static void rule_limits(struct program *p, const struct linux_call_rights *rights) {
    int start = begin(p, SYS_prlimit64);
    load_argument(p, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, rights->pid, 0, 5);
    load_argument(p, 2);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
    load_upper(p, 2);
    allow_equal(p, 0);
    refuse(p, EPERM);
    end(p, start);
}

static void rule_process(struct program *p) {
    static const uint32_t options[] = {
        PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAPBSET_READ,
        PR_GET_KEEPCAPS, PR_GET_SECUREBITS, 0x53564d41 /* PR_SET_VMA, the names of anonymous maps */,
    };
    int start = begin(p, SYS_prctl);
    load_argument(p, 0);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) allow_equal(p, options[i]);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 0, 3);
    load_argument(p, 1);
    allow_equal(p, 0);
    refuse(p, EINVAL);
    end(p, start);
}

static void rule_control(struct program *p) {
    int start = begin(p, SYS_ioctl);
    load_argument(p, 1);
    allow_equal(p, FIONREAD);
    refuse(p, ENOSYS);
    end(p, start);
}

int linux_seccomp_program(const struct linux_call_rights *rights, struct linux_instruction *code, int room) {
#if defined(__x86_64__)
    const uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    const uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "seccomp: this architecture's name is missing"
#endif
    struct program program = { code, 0, room }, *p = &program;
    if (rights->groups_count < 0 || rights->groups_count > 16) return -E2BIG;
    // The numbers of another architecture mean other calls. Those of x32 are in no list.
    load(p, offsetof(struct seccomp_data, arch));
    put(p, BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
    refuse(p, ENOSYS);
    load(p, offsetof(struct seccomp_data, nr));
    ALLOW_ALL(p, frequent);
    if (rights->calls & linux_calls_files) ALLOW_ALL(p, files);
    ALLOW_ALL(p, usual);
    if (rights->calls & linux_calls_listen) ALLOW_ALL(p, listening);
    if (rights->calls & linux_calls_confine) ALLOW_ALL(p, confining);
    if (rights->domains) allow_equal(p, SYS_connect);
    rule_socket(p, rights, SYS_socket);
    rule_socket(p, rights, SYS_socketpair);
    rule_clone(p);
    rule_signal(p, rights, SYS_tgkill, 0);
    rule_signal(p, rights, SYS_kill, 1);
    rule_limits(p, rights);
    rule_process(p);
    rule_control(p);
    rule_identity(p, rights);
    refuse(p, ENOSYS);
    return p->count > room ? -E2BIG : p->count;
}

int linux_seccomp_apply(const struct linux_call_rights *rights) {
    struct linux_instruction code[linux_seccomp_room];
    _Static_assert(sizeof code[0] == sizeof(struct sock_filter), "the kernel's form");
    int count = linux_seccomp_program(rights, code, linux_seccomp_room);
    if (count < 0) return count;
    struct sock_fprog filter = { (unsigned short)count, (struct sock_filter *)code };
    long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    return r < 0 ? -errno : r > 0 ? -ESRCH : 0;
}
