// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import POSIX

@Suite struct FilesTests {
    private let folder = TemporaryFolder()

    @Test func `Bytes are read and written at their places, short reads only at the end`() throws {
        let file = try Descriptor.open(folder["file"], .createNew)
        try file.write(Array("hello world".utf8), at: 0)
        try file.write(Array("W".utf8), at: 6)
        #expect(try file.read(at: 6, count: 100) == Array("World".utf8))
        #expect(try file.read(at: 100, count: 5) == [])
        #expect(try file.read(at: 0, count: 0) == [])
        try file.truncate(to: 5)
        try file.synchronize()
        try file.writeOut()
        #expect(try readFile(folder["file"]) == Array("hello".utf8))
        let end = try Descriptor.open(folder["file"], .append)
        try end.append(Array("!".utf8))
        #expect(try readFile(folder["file"]) == Array("hello!".utf8))
    }

    @Test func `A new file must not be there yet, not even as a link, and is for its owner only`() throws {
        let file = try Descriptor.open(folder["new"], .createNew)
        #expect(try file.status().mode == 0o600)
        #expect(throws: Errno.fileExists) { _ = try Descriptor.open(folder["new"], .createNew) }
        try #require(symlink("/nonexistent", folder["link"]) == 0)
        #expect(throws: Errno.fileExists) { _ = try Descriptor.open(folder["link"], .createNew) }
    }

    @Test func `Links are refused where it matters`() throws {
        try folder.write("target", "x")
        try folder.write("dir/inside", "x")
        try #require(symlink(folder["target"], folder["link"]) == 0)
        try #require(symlink(folder["dir"], folder["dirlink"]) == 0)
        for mode in [OpenMode.readNoFollow, .updateNoFollow, .updateOrCreate] {
            #expect(throws: Errno.tooManySymbolicLinkLevels) { _ = try Descriptor.open(folder["link"], mode) }
        }
        #expect(throws: Errno.self) { _ = try Descriptor.open(folder["dirlink"], .directoryNoFollow) }
        let place = try Descriptor.open(folder.path, .directory)
        #expect(try place.status(of: "link").kind == .symbolicLink)
        #expect(try fileStatus(folder["link"]).kind == .regular)
    }

    @Test func `A FIFO keeps nobody waiting, and is none of the files of a directory`() throws {
        let folder = TemporaryFolder()
        try folder.write("file", "x")
        try folder.makeFolder("dir")
        try #require(mkfifo(folder["fifo"], 0o600) == 0)
        try #require(symlink(folder["file"], folder["link"]) == 0)
        let place = try Descriptor.open(folder.path, .directory)
        for mode in [OpenMode.readNoFollow, .updateNoFollow] {
            let fifo = try place.open("fifo", mode)
            #expect(try fifo.status().kind == .fifo)
            #expect(throws: Errno.self) { _ = try fifo.read(at: 0, count: 1) }
        }
        if let fifo = try? place.openCached("fifo") { #expect(throws: Errno.self) { _ = try fifo.readCached(1) } }
        var names: [[UInt8]] = []
        try place.forEachFile { name, _ in names.append(name.indices.map { name[$0] }) }
        #expect(names == [Array("file".utf8)])
    }

    @Test func `All descriptors are closed on exec`() throws {
        let file = try Descriptor.open(folder["file"], .createNew)
        let second = try file.duplicate()
        for number in [file.number, second.number] { #expect(fcntl(number, F_GETFD) & FD_CLOEXEC == FD_CLOEXEC) }
    }

    @Test func `A descriptor is closed once: by its end, by its close, or by whoever released it`() throws {
        // Numbers far up: those below are taken again at once by tests that run beside this one.
        let null = try Descriptor.open("/dev/null", .read)
        let first = fcntl(null.number, F_DUPFD_CLOEXEC, 900)
        do {
            let file = Descriptor(owning: first)
            #expect(fcntl(file.number, F_GETFD) >= 0)
        }
        #expect(fcntl(first, F_GETFD) == -1)
        let second = fcntl(null.number, F_DUPFD_CLOEXEC, 900)
        let released = Descriptor(owning: second).release()
        #expect(released == second && fcntl(released, F_GETFD) >= 0)
        close(released)
        #expect(throws: Errno.badFileDescriptor) { try Descriptor(owning: released).close() }
    }

    @Test func `A rename never replaces where it must be new, and links and removals do what they say`() throws {
        let place = try Descriptor.open(folder.path, .directory)
        try folder.write("a", "a")
        try folder.write("b", "b")
        #expect(throws: Errno.fileExists) { try place.renameNew("a", to: "b", in: place) }
        try place.renameNew("a", to: "c", in: place)
        try place.link("c", as: "d", in: place)
        #expect(try place.status(of: "d").links == 2)
        try place.rename("b", to: "d", in: place)
        #expect(folder.text("d") == "b")
        try place.makeDirectory("sub", permissions: 0o700)
        try place.removeDirectory("sub")
        try place.remove("d")
        #expect(Set(try place.names()) == ["c"])
        #expect(throws: Errno.noSuchFileOrDirectory) { try place.remove("d") }
        try removeFile(folder["d"])
    }

    @Test func `All names of a large folder are found, twice the same, and bounded where wanted`() throws {
        for number in 0..<700 { try folder.write("many/\(number)", "") }
        let place = try Descriptor.open(folder["many"], .directory)
        let expected = Set((0..<700).map(String.init))
        for _ in 0..<2 { #expect(Set(try place.names()) == expected) }
        #expect(try place.names(limit: 10).count == 10)
        var seen: Set<String> = []
        try place.forEachFile { span, inode in
            #expect(inode != 0)
            seen.insert(String(decoding: span.indices.map { span[$0] }, as: UTF8.self))
        }
        #expect(seen == expected)
    }

    @Test func `A file over the limit is refused, one without a size is read`() throws {
        try folder.write("file", "12345")
        #expect(try readFile(folder["file"], limit: 5) == Array("12345".utf8))
        #expect(throws: Errno.fileTooLarge) { _ = try readFile(folder["file"], limit: 4) }
        #expect(try !readFile("/proc/self/status").isEmpty)
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try readFile(folder["none"]) }
    }

    @Test func `Folders are made with those above them, and again without harm`() throws {
        try makeDirectories(folder["x/y/z"])
        try makeDirectories(folder["x/y/z"])
        #expect(try fileStatus(folder["x/y/z"]).kind == .directory)
        try folder.write("file", "")
        #expect(throws: Errno.self) { try makeDirectories(folder["file/below"]) }
    }

    @Test func `Times and permissions are set as told`() throws {
        let file = try Descriptor.open(folder["file"], .createNew)
        try file.setModified(1_234_567_890_123_456_789)
        try file.setPermissions(0o640)
        let status = try file.status()
        #expect(status.modified == 1_234_567_890_123_456_789 && status.mode == 0o640 && status.size == 0)
        #expect(status.owner == geteuid())
    }

    @Test func `A named pipe wakes its reader, and is emptied at once`() throws {
        try makeNamedPipe(folder["pipe"], permissions: 0o622)
        try makeNamedPipe(folder["pipe"], permissions: 0o622)
        let pipe = try Descriptor.open(folder["pipe"], .update)
        try pipe.setNonBlocking(true)
        #expect(!drainPipe(pipe.number))
        try pipe.append([UInt8](repeating: 1, count: 9000))
        #expect(drainPipe(pipe.number))
        #expect(!drainPipe(pipe.number))
        #expect(try fileStatus(folder["pipe"]).mode == 0o622)
    }

    @Test(arguments: [true, false])
    func `A lock keeps other processes out, and is free when its holder is killed`(perProcess: Bool) throws {
        try folder.write("file", "")
        let file = try Descriptor.open(folder["file"], .update)
        #expect(try file.lock(exclusive: true, wait: false, perProcess: perProcess))
        // python's lockf is the classic fcntl(2) lock that other mail programs take.
        let attempt = "import fcntl,sys\nf=open(sys.argv[1],'r+')\nfcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB)"
        let refused = try Command.runHere(["python3", "-c", attempt, folder["file"]])
        #expect(!refused.isSuccess && refused.text.contains("BlockingIOError"))
        file.unlock(perProcess: perProcess)
        #expect(try Command.runHere(["python3", "-c", attempt, folder["file"]]).isSuccess)
    }

    @Test func `Two open files of one process exclude each other, readers do not`() throws {
        try folder.write("file", "")
        let one = try Descriptor.open(folder["file"], .update)
        let other = try Descriptor.open(folder["file"], .update)
        #expect(try one.lock(exclusive: false, wait: false))
        #expect(try other.lock(exclusive: false, wait: false))
        #expect(try !other.lock(exclusive: true, wait: false))
        one.unlock()
        #expect(try other.lock(exclusive: true, wait: false))
        #expect(try !one.lock(exclusive: false, wait: false))
    }

    @Test func `What is in memory is read without a wait, and what is not says so`() throws {
        try folder.write("cached", "12345")
        _ = try readFile(folder["cached"])
        #expect(cached("cached", 0) == .success([]))
        // A file system that cannot say refuses; callers then read as always.
        let whole = cached("cached", 5)
        #expect(whole == .success(Array("12345".utf8)) || whole == .failure(.notSupported))
        let beyond = cached("cached", 6)
        #expect(beyond == .failure(.resourceTemporarilyUnavailable) || beyond == .failure(.notSupported))
        // That there is no such file may not be in memory either.
        #expect(throws: Errno.self) { try cached("none", 1).get() }
    }

    @Test func `A file system without a disk is read at once`() throws {
        let name = "relais-test-\(UUID().uuidString)"
        try Data("12345".utf8).write(to: URL(fileURLWithPath: "/dev/shm/\(name)"))
        defer { try? removeFile("/dev/shm/\(name)") }
        let whole = cached(name, 5, in: "/dev/shm")
        #expect(whole == .success(Array("12345".utf8)))
    }

    @Test func `Reading one's own file leaves its time of access, and another's can be read as well`() throws {
        try folder.write("file", "12345")
        var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 2000, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, folder["file"], &times, 0) == 0)
        let place = try Descriptor.open(folder.path, .directory)
        #expect(try place.openQuietly("file").read(at: 0, count: 5) == Array("12345".utf8))
        #expect(cached("file", 5) != .failure(.notPermitted))
        var status = stat()
        try #require(stat(folder["file"], &status) == 0)
        #expect(status.st_atim.tv_sec == 1000)
        guard Identity.effectiveUser == 0 else { return }
        try Privileges.setFileSystemIdentity(uid: 65534, gid: 65534)
        defer { try? Privileges.setFileSystemIdentity(uid: 0, gid: 0) }
        #expect(try place.openQuietly("file").read(at: 0, count: 5) == Array("12345".utf8))
        #expect(cached("file", 5) != .failure(.notPermitted))
    }

    /// Reads the first bytes of a file in the folder, from memory only.
    private func cached(_ name: String, _ count: Int, in path: String? = nil) -> Result<[UInt8], Errno> {
        do throws(Errno) {
            let place = try Descriptor.open(path ?? folder.path, .directory)
            let file = try place.openCached(name)
            return .success(try file.readCached(count))
        } catch {
            return .failure(error)
        }
    }
}
