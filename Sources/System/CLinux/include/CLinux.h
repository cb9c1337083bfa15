// SPDX-License-Identifier: Apache-2.0
//
// Linux calls that Swift's Glibc module does not have (it is built without _GNU_SOURCE and cannot call variadics), and
// the code between fork and exec, where Swift must not run. No logic. Every function returns a negative errno on failure.
#pragma once
#include <stdint.h>
#include <stddef.h>
#include <sys/types.h>

// epoll(7). `token` comes back with each event; struct epoll_event is packed on x86 and so of no use to Swift.
struct linux_event { uint32_t events; uint64_t token; };
enum { linux_in = 1, linux_out = 4, linux_err = 8, linux_hup = 16, linux_rdhup = 0x2000 };
int linux_epoll_create(void);
int linux_epoll_add(int epoll, int fd, uint32_t events, int edge, uint64_t token);
int linux_epoll_modify(int epoll, int fd, uint32_t events, int edge, uint64_t token);
int linux_epoll_remove(int epoll, int fd);
int linux_epoll_wait(int epoll, struct linux_event *_Nonnull events, int count, int timeout_ms);

int linux_eventfd(void);
// signalfd(2) for the given signals, which are blocked in the calling thread (and all threads it makes).
int linux_signalfd(const int *_Nonnull signals, int count);
// The next signal's number, 0 when there is none.
int linux_signalfd_read(int fd);

// Descriptors made here are all close-on-exec, sockets non-blocking too.
struct linux_address { int family; uint16_t port; uint8_t bytes[16]; char path[108]; };
int linux_accept(int listener, struct linux_address *_Nullable peer);
int linux_address_of(int fd, int peer, struct linux_address *_Nonnull address);
int linux_bind_inet(int family, const uint8_t *_Nonnull bytes, uint16_t port, int backlog);
// The name has exactly the given mode and is at no moment more open; the umask of the process stays as it is.
int linux_bind_unix(const char *_Nonnull path, uint32_t mode, int backlog);
int linux_make_pipe(const char *_Nonnull path, uint32_t mode); // mkfifo(3), in the same way
int linux_connect_unix(const char *_Nonnull path);
// Starts connecting; -EINPROGRESS is reported as success with the descriptor (wait for it to become writable).
int linux_connect_inet(int family, const uint8_t *_Nonnull bytes, uint16_t port);
int linux_socket_error(int fd);
int linux_socketpair(int *_Nonnull pair);
int linux_pipe(int *_Nonnull pair);
int linux_set_nonblocking(int fd, int on);
int linux_dup(int fd);
int linux_shutdown_write(int fd);
struct linux_peer { uid_t uid; gid_t gid; pid_t pid; };
int linux_peer_credentials(int fd, struct linux_peer *_Nonnull peer);
// One sendmsg(2) with up to 64 descriptors in its control part (SCM_RIGHTS). Never blocks, never raises SIGPIPE.
ssize_t linux_send(int fd, const void *_Nonnull bytes, size_t count, const int *_Nullable fds, int fd_count);
// One recvmsg(2); descriptors that came along are stored in `fds`, their number in `fd_count` (in: room). -EMFILE says
// that some had no room in this process: they are lost, and so are the bytes.
ssize_t linux_receive(int fd, void *_Nonnull bytes, size_t room, int *_Nullable fds, int *_Nullable fd_count);

// What a child becomes between fork and exec. A uid or gid of -1 keeps the parent's.
struct linux_child {
    const char *_Nullable path;
    char *_Nullable const *_Nullable argv;
    char *_Nullable const *_Nullable envp;
    const int *_Nullable fds;      // placed at 3, 4, …
    int fd_count;
    int stdio[3];                  // -1: /dev/null
    const char *_Nullable root;    // chroot(2)
    const char *_Nullable directory;
    int64_t uid, gid;
    const gid_t *_Nullable groups;
    int group_count;               // -1 keeps the parent's
    uint64_t capabilities;         // kept over exec for a uid other than 0 (ambient)
    int64_t file_limit;            // RLIMIT_NOFILE, -1 keeps
    int64_t file_size_limit;       // RLIMIT_FSIZE, -1 keeps
    int no_core;                   // RLIMIT_CORE 0
    int new_session;               // setsid(2)
    int no_new_privs;
};
// The child's pid. On failure the step that failed is stored in `step`.
pid_t linux_spawn(const struct linux_child *_Nonnull what, int *_Nonnull step);

// Real, effective and saved ids; a `saved_gid` of -1 is as `gid`.
int linux_set_ids(int64_t uid, int64_t gid, int64_t saved_gid, const gid_t *_Nullable groups, int group_count);
// The file-system ids of the calling thread alone: glibc's wrappers are per thread too, set*uid's are not.
// A process whose memory is kept from dumps stays so, although the kernel takes a change of ids for a reason to allow them.
int linux_set_fs_ids(uid_t uid, gid_t gid);
int linux_set_fs_group(gid_t gid); // the group alone: one of the three gids needs no capability
int linux_group_list(const char *_Nonnull user, gid_t gid, gid_t *_Nonnull groups, int room);
int linux_keep_capabilities(int on);
int linux_no_new_privs(void);
int linux_not_dumpable(void);
int linux_is_dumpable(void);

// Landlock(7); -EOPNOTSUPP or -ENOSYS where the kernel has none.
int linux_landlock_abi(void);
int linux_landlock_create(uint64_t files, uint64_t network, uint64_t scopes);
int linux_landlock_allow(int ruleset, int path_fd, uint64_t access);
int linux_landlock_restrict(int ruleset);
// Which system calls a process may make (seccomp(2)); all others answer ENOSYS.
enum { linux_calls_files = 1, linux_calls_listen = 2, linux_calls_confine = 4 };
enum { linux_domain_unix = 1, linux_domain_internet = 2 };
// No change of ids; file-system ids of a thread (setfsuid(2)); all ids.
enum { linux_identity_kept = 0, linux_identity_files = 1, linux_identity_changes = 2 };
struct linux_call_rights {
    uint32_t calls, domains;
    int identity;
    uint32_t minimum_uid, minimum_gid;            // the smallest ids that may be taken
    const uint32_t *_Nullable groups_listed;      // groups below that may be taken, 16 at most
    int groups_count;
    uint32_t pid, uid, gid;                       // the process's own
};
// struct sock_filter of linux/filter.h.
struct linux_instruction { uint16_t code; uint8_t yes, no; uint32_t k; };
enum { linux_seccomp_room = 1024 };
// Writes the filter's program; its length, or -E2BIG.
int linux_seccomp_program(const struct linux_call_rights *_Nonnull rights, struct linux_instruction *_Nonnull code, int room);
// Applies it to all threads of the process, for good.
int linux_seccomp_apply(const struct linux_call_rights *_Nonnull rights);

int linux_rename_noreplace(int from_dir, const char *_Nonnull from, int to_dir, const char *_Nonnull to);
int linux_memory_file(const char *_Nonnull name); // memfd_create(2), close-on-exec
int linux_sync_filesystem(int fd); // syncfs(2)
int linux_write_out(int fd);       // sync_file_range(2) of the whole file: write out and wait, no flush
enum { linux_lock_read = 0, linux_lock_write = 1, linux_lock_none = 2 };
int linux_lock(int fd, int kind, int wait, int ofd);   // fcntl(2): whole file; `ofd`: open file description lock
int linux_open(int dir, const char *_Nonnull path, int flags, uint32_t mode);
enum { linux_at_cwd = -100 };
// openat2(2) without any symbolic link on the way, and below `dir` unless `from_root`; -ENOSYS before Linux 5.6.
int linux_open_beneath(int dir, const char *_Nonnull path, int flags, uint32_t mode, int from_root);
ssize_t linux_read_link(int dir, const char *_Nonnull name, char *_Nonnull target, size_t room); // readlinkat(2)
int64_t linux_filesystem_type(int fd);
// openat2(2) with RESOLVE_CACHED, and preadv2(2) with RWF_NOWAIT: only what needs no disk, otherwise -EAGAIN (or, where the
// kernel or the file system has no such thing, another error).
int linux_open_cached(int dir, const char *_Nonnull path, int flags);
int64_t linux_read_cached(int fd, void *_Nullable bytes, size_t count, int64_t offset);
int linux_inotify_create(void);
int linux_inotify_add(int fd, const char *_Nonnull path, uint32_t mask);
enum { linux_inotify_changes = 0x00000fc6 & ~0x2 };
// While a thread guards, a page of a mapped file that cannot be had (SIGBUS) is replaced by the given one, and counted for the
// thread; without a guard such a fault ends the process.
int linux_guard_maps(const void *_Nonnull page, size_t count);
void linux_guard_begin(void);
void linux_guard_end(void);
uint64_t linux_guard_faults(void);
int linux_file_limit(int64_t wanted);   // raises RLIMIT_NOFILE towards `wanted`; the limit now in force
int linux_open_max(void);
void linux_memory_returned_from(int bytes);   // pieces of this size on go back to the system when freed (mallopt(3))
void linux_return_memory(void);               // gives free memory back to the system (malloc_trim(3))
// Columns of a terminal (TIOCGWINSZ); -ENOTTY where it is none.
int linux_terminal_width(int fd);
int linux_random(void *_Nonnull bytes, size_t count);
// A datagram socket connected to /dev/log.
int linux_syslog_socket(void);

// CRC32C (RFC 3720 appendix B.4) of `bytes`, going on from `crc` (0 at the beginning).
uint32_t linux_crc32c(uint32_t crc, const void *_Nullable bytes, size_t count);
// The same by tables alone: what processors without the instruction use, here for the tests.
uint32_t linux_crc32c_table(uint32_t crc, const void *_Nullable bytes, size_t count);
