// SPDX-License-Identifier: Apache-2.0
import EventLoop
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
