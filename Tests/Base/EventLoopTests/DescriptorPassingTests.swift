// SPDX-License-Identifier: Apache-2.0
import EventLoop
import Glibc
import POSIX
import TestSupport
import Testing

@Suite struct DescriptorPassingTests {
    @Test func `Three hundred descriptors come over in order, none before its bytes were due`() async throws {
        let folder = TemporaryFolder()
        try await onLoop {
            let (sender, receiver) = try pair(carriesDescriptors: true)
            for index in 0..<300 {
                try folder.write("file\(index)", "\(index)")
                sender.post(try Descriptor.open(folder["file\(index)"], .read))
                sender.post("\(index)\n")
            }
            Loop.spawn { await sender.finish() }
            for index in 0..<300 {
                #expect(try await receiver.readLine(limit: 100) == Array("\(index)".utf8))
                guard let descriptor = receiver.takeDescriptor() else {
                    Issue.record("number \(index) did not come with its line")
                    return
                }
                #expect(try descriptor.read(at: 0, count: 10) == Array("\(index)".utf8))
            }
            let hasNone = receiver.takeDescriptor().isNil
            #expect(hasNone)
            #expect(try await receiver.fill() == false)
        }
    }

    @Test func `A connection that does not carry descriptors takes none`() async throws {
        try await onLoop {
            try await Descriptor.withSocketPairOfConnections { sender, receiver in
                sender.post(try Descriptor.open("/dev/null", .read))
                sender.post("line\n")
                #expect(try await receiver.readLine(limit: 100) == Array("line".utf8))
                let hasNone = receiver.takeDescriptor().isNil
                #expect(hasNone)
            }
        }
    }

    @Test func `Where a descriptor has no room, reading fails: the next one must not take its place`() async throws {
        await #expect(processExitsWith: .success) {
            runLoop {
                let (sender, receiver) = try pair(carriesDescriptors: true)
                // One message in two parts: what comes with the second belongs to the message after it.
                sender.post(try Descriptor.open("/dev/null", .read))
                sender.post("first, ")
                try await sender.drained(everything: true)
                let old = descriptorLimit()
                // No number is below it, whatever other threads close meanwhile.
                setDescriptorLimit(rlimit(rlim_cur: 0, rlim_max: old.rlim_max))
                var isRefused = false
                do { _ = try await receiver.fill() } catch { isRefused = true }
                setDescriptorLimit(old)
                guard isRefused, try await receiver.fill() == false else { exit(1) }
                receiver.post("what came before is answered\n")
                guard try await sender.readLine(limit: 100)?.count == 28 else { exit(2) }
            }
        }
    }

    @Test func `A received descriptor is closed on exec`() async throws {
        try await onLoop {
            let (sender, receiver) = try pair(carriesDescriptors: true)
            sender.post(try Descriptor.open("/dev/null", .read))
            sender.post("x")
            #expect(try await receiver.fill())
            guard let descriptor = receiver.takeDescriptor() else {
                Issue.record("no descriptor")
                return
            }
            #expect(fcntlFlags(descriptor.number) & 1 == 1)
        }
    }
}

private func descriptorLimit() -> rlimit {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return limit
}

private func setDescriptorLimit(_ limit: rlimit) {
    var limit = limit
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
