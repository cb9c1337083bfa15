// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import POSIX

@Suite("Modes of what is made")
struct ModeTests {
    let folder = TemporaryFolder()

    @Test(arguments: [0o600, 0o622, 0o660, 0o666, 0o777] as [UInt32])
    func `A socket and a pipe have exactly the mode that was asked for`(mode: UInt32) throws {
        try Descriptor.listen(atPath: folder["socket"], permissions: mode).close()
        try makeNamedPipe(folder["pipe"], permissions: mode)
        #expect(folder.mode("socket") == Int(mode) && folder.mode("pipe") == Int(mode))
    }

    @Test func `What stands in the place of a socket or a pipe keeps its mode`() throws {
        try folder.write("file", "", mode: 0o640)
        symlink(folder["file"], folder["link"])
        for name in ["file", "link"] {
            #expect(throws: (any Error).self) {
                try Descriptor.listen(atPath: folder[name], permissions: 0o666).close()
            }
            try? makeNamedPipe(folder[name], permissions: 0o666)
        }
        #expect(folder.mode("file") == 0o640)
    }

    @Test func `Threads that make sockets and pipes change no mode of files that others make`() throws {
        let mask = umask(0o022)
        umask(mask)
        let running = Atomic(4)
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 5) { thread in
            guard thread > 0 else {
                // Until the others are done: how often does not matter, each file counts.
                var number = 0
                while running.load(ordering: .acquiring) > 0 {
                    let name = "file\(number)"
                    number += 1
                    guard let file = try? Descriptor.open(folder[name], .createNew, permissions: 0o666),
                        (try? file.status().mode) == 0o666 & ~mask
                    else {
                        wrong.add(1, ordering: .relaxed)
                        continue
                    }
                    unlink(folder[name])
                }
                return
            }
            for number in 0..<400 {
                let (socket, pipe) = ("s\(thread).\(number)", "p\(thread).\(number)")
                let mode: UInt32 = number % 2 == 0 ? 0o600 : 0o666
                try? Descriptor.listen(atPath: folder[socket], permissions: mode).close()
                try? makeNamedPipe(folder[pipe], permissions: mode)
                if folder.mode(socket) != Int(mode) || folder.mode(pipe) != Int(mode) {
                    wrong.add(1, ordering: .relaxed)
                }
                unlink(folder[socket])
                unlink(folder[pipe])
            }
            running.subtract(1, ordering: .releasing)
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
        let after = umask(mask)
        #expect(after == mask)
    }
}
