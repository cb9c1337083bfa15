// SPDX-License-Identifier: Apache-2.0
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import POSIX

@Suite struct SocketTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::", "::"),
    ])
    func `Addresses are read and written in their canonical form`(text: String, shown: String) throws {
        #expect(try #require(SocketAddress(host: text, port: 25)).host == shown)
    }

    @Test(arguments: [
        "", "localhost", "192.0.2", "192.0.2.256", "1.2.3.4.5", ":::", "2001:db8::g", "[::1]", "1.2.3.4 ",
    ])
    func `What is no address is none`(text: String) {
        #expect(SocketAddress(host: text, port: 25) == nil)
    }

    @Test func `A Unix socket knows who is at its other end`() throws {
        let folder = TemporaryFolder()
        let listener = try Descriptor.listen(atPath: folder["socket"], permissions: 0o620)
        #expect(try fileStatus(folder["socket"]).mode == 0o620)
        let client = try Descriptor.connect(toPath: folder["socket"])
        var peer = SocketAddress.ipv4([0, 0, 0, 0], port: 1)
        let server = try listener.accept(peer: &peer)
        #expect(peer.ipBytes == nil && peer.host == "unknown" && peer.port == 0)
        let own = PeerCredentials(uid: geteuid(), gid: getegid(), pid: getpid())
        #expect(try [server.peerCredentials(), client.peerCredentials()] == [own, own])
        #expect(throws: Errno.resourceTemporarilyUnavailable) { _ = try listener.accept(peer: &peer) }
    }

    @Test func `A socket that a killed process left behind must be removed before it is bound anew`() throws {
        let folder = TemporaryFolder()
        do { _ = try Descriptor.listen(atPath: folder["socket"], permissions: 0o600) }
        #expect(throws: Errno.connectionRefused) { _ = try Descriptor.connect(toPath: folder["socket"]) }
        #expect(throws: Errno.addressInUse) { _ = try Descriptor.listen(atPath: folder["socket"], permissions: 0o600) }
        try removeFile(folder["socket"])
        let again = try Descriptor.listen(atPath: folder["socket"], permissions: 0o600)
        _ = try Descriptor.connect(toPath: folder["socket"])
        #expect(again.number >= 0)
    }

    @Test func `Errors are those of the system`() throws {
        #expect(throws: Errno.noSuchFileOrDirectory) { _ = try Descriptor.connect(toPath: "/nonexistent/socket") }
        #expect(throws: Errno.self) {
            _ = try Descriptor.listen(atPath: "/" + String(repeating: "x", count: 200), permissions: 0o600)
        }
        let taken = try Descriptor.listen(on: .ipv4([127, 0, 0, 1], port: 0))
        let address = try taken.localAddress()
        #expect(throws: Errno.addressInUse) { _ = try Descriptor.listen(on: address) }
    }
}
