// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "CLinux.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fsuid.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT(call) ({ __typeof__(call) r_ = (call); r_ < 0 ? -errno : r_; })

int linux_epoll_create(void) { return RESULT(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll, int op, int fd, uint32_t events, int edge, uint64_t token) {
    struct epoll_event e = { .events = events | (edge ? EPOLLET : 0), .data.u64 = token };
    return RESULT(epoll_ctl(epoll, op, fd, &e));
}
int linux_epoll_add(int epoll, int fd, uint32_t events, int edge, uint64_t token) {
    return control(epoll, EPOLL_CTL_ADD, fd, events, edge, token);
}
int linux_epoll_modify(int epoll, int fd, uint32_t events, int edge, uint64_t token) {
    return control(epoll, EPOLL_CTL_MOD, fd, events, edge, token);
}
int linux_epoll_remove(int epoll, int fd) { return control(epoll, EPOLL_CTL_DEL, fd, 0, 0, 0); }

int linux_epoll_wait(int epoll, struct linux_event *out, int count, int timeout_ms) {
    struct epoll_event events[256];
    if (count > 256) count = 256;
    int n = epoll_wait(epoll, events, count, timeout_ms);
    if (n < 0) return -errno;
    for (int i = 0; i < n; i++) out[i] = (struct linux_event){ events[i].events, events[i].data.u64 };
    return n;
}

int linux_eventfd(void) { return RESULT(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }

int linux_signalfd(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    return RESULT(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

int linux_signalfd_read(int fd) {
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    return n == sizeof info ? (int)info.ssi_signo : 0;
}

static void describe(const struct sockaddr_storage *from, socklen_t length, struct linux_address *to) {
    memset(to, 0, sizeof *to);
    to->family = length >= sizeof(sa_family_t) ? from->ss_family : AF_UNIX;
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)from;
        to->port = ntohs(in->sin_port);
        memcpy(to->bytes, &in->sin_addr, 4);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const void *)from;
        to->port = ntohs(in6->sin6_port);
        memcpy(to->bytes, &in6->sin6_addr, 16);
    } else if (from->ss_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path)) {
        const struct sockaddr_un *un = (const void *)from;
        size_t n = length - offsetof(struct sockaddr_un, sun_path);
        if (n > sizeof to->path - 1) n = sizeof to->path - 1;
        memcpy(to->path, un->sun_path, n);
    }
}

int linux_accept(int listener, struct linux_address *peer) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    storage.ss_family = AF_UNIX;
    int fd = accept4(listener, (struct sockaddr *)&storage, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return -errno;
    if (peer) describe(&storage, length, peer);
    return fd;
}

int linux_address_of(int fd, int peer, struct linux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    storage.ss_family = AF_UNIX;
    int r = peer ? getpeername(fd, (struct sockaddr *)&storage, &length)
                 : getsockname(fd, (struct sockaddr *)&storage, &length);
    if (r < 0) return -errno;
    describe(&storage, length, address);
    return 0;
}

static socklen_t inet_address(int family, const uint8_t *bytes, uint16_t port, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (family == AF_INET6) {
        struct sockaddr_in6 *in6 = (void *)to;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        memcpy(&in6->sin6_addr, bytes, 16);
        return sizeof *in6;
    }
    struct sockaddr_in *in = (void *)to;
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    memcpy(&in->sin_addr, bytes, 4);
    return sizeof *in;
}

int linux_bind_inet(int family, const uint8_t *bytes, uint16_t port, int backlog) {
    struct sockaddr_storage storage;
    socklen_t length = inet_address(family, bytes, port, &storage);
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted sockets inherit it: replies are small and already coalesced by the loop.
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Otherwise a wildcard IPv6 listener takes the port of the IPv4 one.
    if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&storage, length) < 0 || listen(fd, backlog) < 0) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

static int unix_address(const char *path, struct sockaddr_un *to) {
    size_t n = strlen(path);
    if (n >= sizeof to->sun_path) return -ENAMETOOLONG;
    memset(to, 0, sizeof *to);
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, path, n + 1);
    return 0;
}

// Gives a name that was just made the bits of its mode that the umask has taken away: by the inode, never through a link,
// and only where the inode is of the kind that was made and the caller's own.
static int widen(const char *path, mode_t wanted) {
    struct stat is;
    int place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC), r = 0;
    if (place < 0) return -errno;
    if (fstat(place, &is) < 0) r = -errno;
    else if ((is.st_mode & S_IFMT) != (wanted & S_IFMT) || is.st_uid != geteuid()) r = -ESTALE;
    else if ((is.st_mode & 07777) != (wanted & 07777)) {
        char name[40];
        // chmod(2) of an O_PATH descriptor needs fchmodat2(2), of Linux 6.6, or /proc.
        snprintf(name, sizeof name, "/proc/self/fd/%d", place);
        if (syscall(452 /* fchmodat2 */, place, "", wanted & 07777, AT_EMPTY_PATH) < 0
            && chmod(name, wanted & 07777) < 0) r = -errno;
    }
    close(place);
    return r;
}

int linux_bind_unix(const char *path, uint32_t mode, int backlog) {
    struct sockaddr_un un;
    int r = unix_address(path, &un);
    if (r < 0) return r;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    // The name gets the mode of the socket's own inode, less the umask: it is never more open than asked for.
    if (fchmod(fd, mode & 0777) < 0 || bind(fd, (struct sockaddr *)&un, sizeof un) < 0) r = -errno;
    else if ((r = widen(path, S_IFSOCK | (mode & 0777))) == 0 && listen(fd, backlog) < 0) r = -errno;
    if (r == 0) return fd;
    close(fd);
    return r;
}

int linux_make_pipe(const char *path, uint32_t mode) {
    if (mkfifo(path, mode & 0777) < 0) return -errno;
    return widen(path, S_IFIFO | (mode & 0777));
}

int linux_connect_unix(const char *path) {
    struct sockaddr_un un;
    int r = unix_address(path, &un);
    if (r < 0) return r;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&un, sizeof un) < 0) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

int linux_connect_inet(int family, const uint8_t *bytes, uint16_t port) {
    struct sockaddr_storage storage;
    socklen_t length = inet_address(family, bytes, port, &storage);
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, (struct sockaddr *)&storage, length) < 0 && errno != EINPROGRESS) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

int linux_socket_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
    return -error;
}

int linux_socketpair(int *pair) {
    return RESULT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
}
int linux_pipe(int *pair) { return RESULT(pipe2(pair, O_CLOEXEC)); }
int linux_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -errno;
    return RESULT(fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK));
}
int linux_dup(int fd) { return RESULT(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }
int linux_shutdown_write(int fd) { return RESULT(shutdown(fd, SHUT_WR)); }

int linux_peer_credentials(int fd, struct linux_peer *peer) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -errno;
    *peer = (struct linux_peer){ credentials.uid, credentials.gid, credentials.pid };
    return 0;
}

ssize_t linux_send(int fd, const void *bytes, size_t count, const int *fds, int fd_count) {
    if (fd_count <= 0) return RESULT(send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT));
    union { struct cmsghdr header; char room[CMSG_SPACE(64 * sizeof(int))]; } buffer;
    if (fd_count > 64) return -EINVAL;
    struct iovec vector = { (void *)bytes, count };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = buffer.room,
                              .msg_controllen = CMSG_SPACE(fd_count * sizeof(int)) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, fd_count * sizeof(int));
    return RESULT(sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT));
}

ssize_t linux_receive(int fd, void *bytes, size_t room, int *fds, int *fd_count) {
    if (!fds || !fd_count) return RESULT(recv(fd, bytes, room, MSG_DONTWAIT));
    union { struct cmsghdr header; char room[CMSG_SPACE(64 * sizeof(int))]; } buffer;
    struct iovec vector = { bytes, room };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = buffer.room,
                              .msg_controllen = sizeof buffer.room };
    ssize_t n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    int limit = *fd_count;
    *fd_count = 0;
    if (n < 0) return -errno;
    for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
        if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
        int count = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        for (int i = 0; i < count; i++) {
            int received;
            memcpy(&received, CMSG_DATA(h) + i * sizeof(int), sizeof received);
            if (*fd_count < limit) fds[(*fd_count)++] = received;
            else close(received);
        }
    }
    // The next one must not be taken for one that had no room in this process.
    if (message.msg_flags & MSG_CTRUNC) {
        while (*fd_count > 0) close(fds[--*fd_count]);
        return -EMFILE;
    }
    return n;
}

static int drop_to(int64_t uid, int64_t gid, int64_t saved_gid, const gid_t *groups, int group_count) {
    if (group_count >= 0 && setgroups(group_count, groups) < 0) return -1;
    if (gid >= 0 && setresgid(gid, gid, saved_gid < 0 ? gid : saved_gid) < 0) return -1;
    if (uid >= 0 && setresuid(uid, uid, uid) < 0) return -1;
    return 0;
}

struct capability_header { uint32_t version; int pid; };
struct capability_data { uint32_t effective, permitted, inheritable; };

// libcap's functions allocate, which is not allowed between fork and exec; hence the system call.
static int keep_for_exec(uint64_t mask) {
    struct capability_header header = { 0x20080522, 0 };
    struct capability_data data[2] = {
        { (uint32_t)mask, (uint32_t)mask, (uint32_t)mask },
        { (uint32_t)(mask >> 32), (uint32_t)(mask >> 32), (uint32_t)(mask >> 32) },
    };
    if (syscall(SYS_capset, &header, data) < 0) return -1;
    for (int i = 0; i < 64; i++)
        if (mask >> i & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0) return -1;
    return 0;
}

static void become(const struct linux_child *what, int report) {
    int step = 1;
    int placed[256];
    sigset_t none;
    struct sigaction standard = { .sa_handler = SIG_DFL };
    for (int i = 1; i < 65; i++) sigaction(i, &standard, NULL);
    if (what->new_session) setsid();
    step = 2;
    if (what->fd_count > 256) { errno = EMFILE; goto failed; }
    // Out of the way first, or placing one would close another.
    report = fcntl(report, F_DUPFD_CLOEXEC, 512);
    if (report < 0) _exit(127);
    for (int i = 0; i < what->fd_count; i++)
        if ((placed[i] = fcntl(what->fds[i], F_DUPFD_CLOEXEC, 256)) < 0) goto failed;
    int stdio[3];
    for (int i = 0; i < 3; i++) {
        stdio[i] = what->stdio[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : what->stdio[i];
        if (stdio[i] < 0 || (stdio[i] = fcntl(stdio[i], F_DUPFD_CLOEXEC, 256)) < 0) goto failed;
    }
    for (int i = 0; i < 3; i++) if (dup2(stdio[i], i) < 0) goto failed;
    for (int i = 0; i < what->fd_count; i++) if (dup2(placed[i], 3 + i) < 0) goto failed;
    syscall(SYS_close_range, 3 + what->fd_count, ~0U, 1 << 2 /* CLOSE_RANGE_CLOEXEC */);
    step = 3;
    if (what->file_limit >= 0) {
        struct rlimit limit = { what->file_limit, what->file_limit };
        if (setrlimit(RLIMIT_NOFILE, &limit) < 0) goto failed;
    }
    if (what->file_size_limit >= 0) {
        struct rlimit limit = { what->file_size_limit, what->file_size_limit };
        if (setrlimit(RLIMIT_FSIZE, &limit) < 0) goto failed;
    }
    if (what->no_core && setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }) < 0) goto failed;
    step = 4;
    if (what->root && (chroot(what->root) < 0 || chdir("/") < 0)) goto failed;
    if (what->directory && chdir(what->directory) < 0) goto failed;
    step = 5;
    if (what->capabilities && what->uid > 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) goto failed;
    if (drop_to(what->uid, what->gid, -1, what->groups, what->group_count) < 0) goto failed;
    step = 6;
    if (what->capabilities && what->uid > 0 && keep_for_exec(what->capabilities) < 0) goto failed;
    if (what->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) goto failed;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    step = 7;
    execve(what->path, what->argv, what->envp);
failed:;
    int message[2] = { errno, step };
    (void)!write(report, message, sizeof message);
    _exit(127);
}

pid_t linux_spawn(const struct linux_child *what, int *step) {
    int report[2], message[2];
    sigset_t all, before;
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) become(what, report[1]);
    int e = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (pid < 0) { close(report[0]); return -e; }
    ssize_t n;
    do n = read(report[0], message, sizeof message); while (n < 0 && errno == EINTR);
    close(report[0]);
    if (n != sizeof message) return pid;   // closed by a successful exec
    // Nobody learns its number, so nobody else can reap it.
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    *step = message[1];
    return -message[0];
}

int linux_set_ids(int64_t uid, int64_t gid, int64_t saved_gid, const gid_t *groups, int group_count) {
    return drop_to(uid, gid, saved_gid, groups, group_count) < 0 ? -errno : 0;
}
int linux_set_fs_group(gid_t gid) {
    setfsgid(gid);
    return setfsgid(-1) == (int)gid ? 0 : -EPERM;
}
int linux_set_fs_ids(uid_t uid, gid_t gid) {
    int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
    setfsgid(gid);
    setfsuid(uid);
    // A change of ids sets it to what fs.suid_dumpable says.
    if (dumpable == 0) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    // They report the id before; only a second call tells whether the first one worked.
    return setfsgid(-1) == (int)gid && setfsuid(-1) == (int)uid ? 0 : -EPERM;
}
int linux_group_list(const char *user, gid_t gid, gid_t *groups, int room) {
    int count = room;
    return getgrouplist(user, gid, groups, &count) < 0 ? -ENOBUFS : count;
}
int linux_keep_capabilities(int on) { return RESULT(prctl(PR_SET_KEEPCAPS, on, 0, 0, 0)); }
int linux_no_new_privs(void) { return RESULT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }
int linux_is_dumpable(void) { return RESULT(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)); }
int linux_not_dumpable(void) { return RESULT(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)); }

int linux_rename_noreplace(int from_dir, const char *from, int to_dir, const char *to) {
    return RESULT(renameat2(from_dir, from, to_dir, to, RENAME_NOREPLACE));
}
int linux_write_out(int fd) {
    return RESULT(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
}
int linux_memory_file(const char *name) { return RESULT(memfd_create(name, MFD_CLOEXEC)); }
int linux_sync_filesystem(int fd) { return RESULT(syncfs(fd)); }
int linux_lock(int fd, int kind, int wait, int ofd) {
    struct flock lock = { .l_type = kind == linux_lock_read ? F_RDLCK : kind == linux_lock_write ? F_WRLCK : F_UNLCK,
                          .l_whence = SEEK_SET };
    int command = ofd ? (wait ? F_OFD_SETLKW : F_OFD_SETLK) : (wait ? F_SETLKW : F_SETLK);
    return RESULT(fcntl(fd, command, &lock));
}
int linux_open(int dir, const char *path, int flags, uint32_t mode) {
    return RESULT(openat(dir, path, flags | O_CLOEXEC, mode));
}
int linux_open_beneath(int dir, const char *path, int flags, uint32_t mode, int from_root) {
#ifdef SYS_openat2
    // struct open_how of linux/openat2.h: RESOLVE_NO_MAGICLINKS, RESOLVE_NO_SYMLINKS, RESOLVE_BENEATH.
    struct { uint64_t flags, mode, resolve; } how = {
        (uint64_t)(flags | O_CLOEXEC), flags & O_CREAT ? mode : 0, 0x02 | 0x04 | (from_root ? 0 : 0x08)
    };
    return RESULT((int)syscall(SYS_openat2, dir, path, &how, sizeof how));
#else
    return -ENOSYS;
#endif
}
ssize_t linux_read_link(int dir, const char *name, char *target, size_t room) {
    return RESULT(readlinkat(dir, name, target, room));
}
int64_t linux_filesystem_type(int fd) {
    struct statfs info;
    return fstatfs(fd, &info) < 0 ? -errno : (int64_t)(uint32_t)info.f_type;
}
int linux_inotify_create(void) { return RESULT(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
int linux_inotify_add(int fd, const char *path, uint32_t mask) { return RESULT(inotify_add_watch(fd, path, mask)); }
int linux_file_limit(int64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    if (limit.rlim_cur < (rlim_t)wanted) {
        struct rlimit more = { wanted, limit.rlim_max < (rlim_t)wanted ? (rlim_t)wanted : limit.rlim_max };
        if (setrlimit(RLIMIT_NOFILE, &more) < 0) {
            more = (struct rlimit){ limit.rlim_max, limit.rlim_max };
            setrlimit(RLIMIT_NOFILE, &more);
        }
    }
    return linux_open_max();
}
void linux_memory_returned_from(int bytes) {
    // Either one alone would fix the other at its small default.
    mallopt(M_MMAP_THRESHOLD, bytes);
    mallopt(M_TRIM_THRESHOLD, bytes);
}
void linux_return_memory(void) { malloc_trim(0); }
int linux_open_max(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
    return limit.rlim_cur > 1000000 ? 1000000 : (int)limit.rlim_cur;
}
int linux_terminal_width(int fd) {
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) < 0 ? -errno : size.ws_col;
}
int linux_random(void *bytes, size_t count) {
    uint8_t *p = bytes;
    while (count > 0) {
        ssize_t n = getrandom(p, count > 256 ? 256 : count, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -errno;
        p += n;
        count -= n;
    }
    return 0;
}

int linux_syslog_socket(void) {
    struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    if (connect(fd, (struct sockaddr *)&un, sizeof un) < 0) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

int linux_open_cached(int dir, const char *path, int flags) {
#ifdef SYS_openat2
    // struct open_how of linux/openat2.h, which old headers lack; RESOLVE_CACHED is 0x20.
    struct { uint64_t flags, mode, resolve; } how = { (uint64_t)(flags | O_CLOEXEC), 0, 0x20 };
    return RESULT((int)syscall(SYS_openat2, dir, path, &how, sizeof how));
#else
    return -ENOSYS;
#endif
}
int64_t linux_read_cached(int fd, void *bytes, size_t count, int64_t offset) {
    struct iovec part = { bytes, count };
    ssize_t result = preadv2(fd, &part, 1, offset, 0x8 /* RWF_NOWAIT */);
    if (result >= 0) return result;
    // tmpfs does not know the flag, and has no disk to wait for.
    if (errno != EOPNOTSUPP || linux_filesystem_type(fd) != 0x01021994) return -errno;
    result = pread(fd, bytes, count, offset);
    return result < 0 ? -errno : result;
}
