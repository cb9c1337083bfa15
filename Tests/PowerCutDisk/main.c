// SPDX-License-Identifier: Apache-2.0
// powercut-disk SIZE FILE SOCKET: a disk for tests that remembers what a power cut would leave of it.
//
// FILE (there, and empty) becomes a file of SIZE MiB for a loop device, by FUSE. Two images are kept in memory: all
// that was written, and what was written before the last flush. A thread of lines at SOCKET gives orders; each is
// answered with `ok` or with what is wrong:
//
//   snapshot PREFIX SEED   writes PREFIX.flushed, PREFIX.written and PREFIX.mixed (flushed, and of the sectors written
//                          since, those that SEED chooses), all as of this moment
//   fail writes            every write fails with EIO from now on
//   fail flushes           every flush fails with EIO from now on, and nothing becomes durable
//   fail text WORD         writes whose data has WORD fail with EIO from now on: bad sectors under a file
//   work                   nothing fails any longer
//   count                  `ok WRITES FLUSHES FAILED`, since the start
//
// It ends when FILE is unmounted or on SIGTERM.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum { sector = 512, block = 4096, largest = 1 << 20 };

static struct {
    size_t size;
    unsigned char *written, *flushed;
    /// A byte a sector: whether it was written since the last flush; and the numbers of those.
    unsigned char *is_dirty;
    uint32_t *dirty;
    size_t dirty_count;
    int fails_writes, fails_flushes;
    char text[128];
    unsigned long writes, flushes, failures;
} disk;

static volatile sig_atomic_t is_ending;
static void end(int number) { (void)number; is_ending = 1; }

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void *memory(size_t size) {
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) die("mmap");
    return start;
}

// MARK: What the disk does

static int write_sectors(const unsigned char *data, uint64_t offset, size_t count) {
    if (offset > disk.size || count > disk.size - offset) return -EIO;
    if (disk.fails_writes || (disk.text[0] && memmem(data, count, disk.text, strlen(disk.text)))) {
        disk.failures++;
        return -EIO;
    }
    disk.writes++;
    memcpy(disk.written + offset, data, count);
    for (size_t number = offset / sector; number < (offset + count + sector - 1) / sector; number++) {
        if (disk.is_dirty[number]) continue;
        disk.is_dirty[number] = 1;
        disk.dirty[disk.dirty_count++] = number;
    }
    return 0;
}

static int flush(void) {
    if (disk.fails_flushes) {
        disk.failures++;
        return -EIO;
    }
    disk.flushes++;
    for (size_t index = 0; index < disk.dirty_count; index++) {
        size_t start = (size_t)disk.dirty[index] * sector;
        memcpy(disk.flushed + start, disk.written + start, sector);
        disk.is_dirty[disk.dirty[index]] = 0;
    }
    disk.dirty_count = 0;
    return 0;
}

// MARK: Orders

/// Writes an image as a sparse file; with a seed, some of the sectors that are not flushed come from what was written.
static int write_image(const char *prefix, const char *suffix, const unsigned char *image, uint64_t seed) {
    char path[4096];
    snprintf(path, sizeof path, "%s.%s", prefix, suffix);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return -1;
    static const unsigned char nothing[block];
    int result = ftruncate(file, disk.size);
    for (size_t start = 0; start < disk.size && result == 0; start += block) {
        if (memcmp(image + start, nothing, block) == 0) continue;
        if (pwrite(file, image + start, block, start) != block) result = -1;
    }
    for (size_t index = 0; seed && index < disk.dirty_count && result == 0; index++) {
        // xorshift64*: the same seed chooses the same sectors.
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        if ((seed * 2685821657736338717u) >> 63) continue;
        size_t start = (size_t)disk.dirty[index] * sector;
        if (pwrite(file, disk.written + start, sector, start) != sector) result = -1;
    }
    return close(file) | result;
}

static void obey(char *line, char *answer, size_t room) {
    char prefix[2048];
    unsigned long long seed = 0;
    snprintf(answer, room, "ok\n");
    if (sscanf(line, "snapshot %2047s %llu", prefix, &seed) == 2) {
        if (write_image(prefix, "flushed", disk.flushed, 0) || write_image(prefix, "written", disk.written, 0)
            || write_image(prefix, "mixed", disk.flushed, seed | 1))
            snprintf(answer, room, "%s: %s\n", prefix, strerror(errno));
    } else if (strcmp(line, "fail writes") == 0) {
        disk.fails_writes = 1;
    } else if (strcmp(line, "fail flushes") == 0) {
        disk.fails_flushes = 1;
    } else if (sscanf(line, "fail text %127s", disk.text) == 1) {
    } else if (strcmp(line, "work") == 0) {
        disk.fails_writes = disk.fails_flushes = disk.text[0] = 0;
    } else if (strcmp(line, "count") == 0) {
        snprintf(answer, room, "ok %lu %lu %lu\n", disk.writes, disk.flushes, disk.failures);
    } else {
        snprintf(answer, room, "unknown order\n");
    }
}

/// Serves one client of the socket: its orders are short, and it waits for each answer.
static void serve_client(int client) {
    char line[4096], answer[4096];
    ssize_t count = read(client, line, sizeof line - 1);
    if (count > 0) {
        line[count] = 0;
        line[strcspn(line, "\r\n")] = 0;
        obey(line, answer, sizeof answer);
        if (write(client, answer, strlen(answer)) < 0) perror("answer");
    }
    close(client);
}

static int listen_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    unlink(path);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 8)) die(path);
    return listener;
}

// MARK: FUSE, whose root is the file

static void reply(int fuse, const struct fuse_in_header *request, int error, const void *data, size_t size) {
    struct fuse_out_header header = {.len = sizeof header + size, .error = error, .unique = request->unique};
    struct iovec parts[] = {{&header, sizeof header}, {(void *)data, size}};
    // ENOENT: whoever asked is gone.
    if (writev(fuse, parts, size ? 2 : 1) < 0 && errno != ENOENT) perror("reply");
}

static void serve_request(int fuse, struct fuse_in_header *request) {
    const void *argument = request + 1;
    switch (request->opcode) {
    case FUSE_INIT: {
        struct fuse_init_out out = {
            .major = FUSE_KERNEL_VERSION,
            .minor = 31,
            .flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES | FUSE_ASYNC_READ,
            .max_background = 64,
            .congestion_threshold = 48,
            .max_write = largest,
            .max_pages = largest / block,
            .time_gran = 1,
        };
        return reply(fuse, request, 0, &out, sizeof out);
    }
    case FUSE_GETATTR:
    case FUSE_SETATTR: {
        struct fuse_attr_out out = {.attr_valid = 3600};
        out.attr = (struct fuse_attr){
            .ino = FUSE_ROOT_ID, .size = disk.size, .blocks = disk.size / sector,
            .mode = S_IFREG | 0600, .nlink = 1, .blksize = block,
        };
        return reply(fuse, request, 0, &out, sizeof out);
    }
    case FUSE_OPEN: {
        struct fuse_open_out out = {.open_flags = FOPEN_DIRECT_IO};
        return reply(fuse, request, 0, &out, sizeof out);
    }
    case FUSE_READ: {
        const struct fuse_read_in *in = argument;
        uint64_t start = in->offset < disk.size ? in->offset : disk.size;
        size_t count = in->size < disk.size - start ? in->size : disk.size - start;
        return reply(fuse, request, 0, disk.written + start, count);
    }
    case FUSE_WRITE: {
        const struct fuse_write_in *in = argument;
        struct fuse_write_out out = {.size = in->size};
        int error = write_sectors((const unsigned char *)(in + 1), in->offset, in->size);
        return error ? reply(fuse, request, error, NULL, 0) : reply(fuse, request, 0, &out, sizeof out);
    }
    case FUSE_FSYNC: return reply(fuse, request, flush(), NULL, 0);
    case FUSE_STATFS: {
        struct fuse_statfs_out out = {.st = {.bsize = block, .frsize = block, .namelen = 255}};
        return reply(fuse, request, 0, &out, sizeof out);
    }
    case FUSE_FLUSH:
    case FUSE_RELEASE:
    case FUSE_ACCESS: return reply(fuse, request, 0, NULL, 0);
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: return;
    default: return reply(fuse, request, -ENOSYS, NULL, 0);
    }
}

int main(int count, char **arguments) {
    if (count != 4) {
        fprintf(stderr, "usage: powercut-disk SIZE FILE SOCKET\n");
        return 2;
    }
    const char *file = arguments[2];
    disk.size = strtoul(arguments[1], NULL, 10) << 20;
    disk.written = memory(disk.size);
    disk.flushed = memory(disk.size);
    disk.is_dirty = memory(disk.size / sector);
    disk.dirty = memory(disk.size / sector * sizeof *disk.dirty);

    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = end};
    sigaction(SIGTERM, &action, NULL);

    int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fuse < 0) die("/dev/fuse");
    char options[128];
    snprintf(options, sizeof options, "fd=%d,rootmode=100600,user_id=0,group_id=0", fuse);
    if (mount("powercut-disk", file, "fuse.powercut", MS_NOSUID | MS_NODEV, options)) die("mount");
    int listener = listen_at(arguments[3]);

    static char buffer[largest + 2 * block] __attribute__((aligned(8)));
    struct pollfd waiting[] = {{.fd = fuse, .events = POLLIN}, {.fd = listener, .events = POLLIN}};
    while (!is_ending) {
        if (poll(waiting, 2, -1) < 0) continue;
        if (waiting[1].revents) {
            int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (client >= 0) serve_client(client);
        }
        if (!waiting[0].revents) continue;
        ssize_t length = read(fuse, buffer, sizeof buffer);
        if (length < 0 && errno == ENODEV) break;
        if (length >= (ssize_t)sizeof(struct fuse_in_header)) serve_request(fuse, (struct fuse_in_header *)buffer);
    }
    umount2(file, MNT_DETACH);
    unlink(arguments[3]);
    return 0;
}
