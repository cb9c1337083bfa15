// SPDX-License-Identifier: Apache-2.0
import EventLoop
import POSIX
import TestSupport
import Testing

@testable import TLS

@Suite struct TLSContextTests {
    @Test func `A certificate and its key make a context; what is wrong is named`() throws {
        let pair = try TestCertificate.shared.get()
        _ = try TLSContext.server(certificateFile: pair.certificate, keyFile: pair.key, service: "smtp")
        let other = try TestCertificate()
        try pair.folder.write("garbage.pem", "this is no certificate\n")
        let rows = [
            ("/nonexistent/cert.pem", pair.key, "/nonexistent/cert.pem"),
            (pair.certificate, "/nonexistent/key.pem", "/nonexistent/key.pem"),
            (pair.folder["garbage.pem"], pair.key, "garbage.pem"),
            (pair.certificate, other.key, "key.pem"),
        ]
        for (certificate, key, named) in rows {
            do throws(TLSError) {
                _ = try TLSContext.server(certificateFile: certificate, keyFile: key, service: "smtp")
                Issue.record("\(certificate) and \(key) made a context")
            } catch {
                #expect(error.description.contains(named))
            }
        }
    }

    @Test func `A cipher list that names nothing is refused`() throws {
        let pair = try TestCertificate.shared.get()
        #expect(throws: TLSError.self) {
            _ = try TLSContext.server(
                certificateFile: pair.certificate,
                keyFile: pair.key,
                service: "smtp",
                ciphers: "NO-SUCH-CIPHER"
            )
        }
        _ = try TLSContext.server(
            certificateFile: pair.certificate,
            keyFile: pair.key,
            service: "smtp",
            ciphers: "ECDHE+AESGCM:!aNULL"
        )
    }

    @Test func `Two sessions agree step by step, and read what the other wrote`() throws {
        let pair = try TestCertificate.shared.get()
        let server = try TLSContext.server(certificateFile: pair.certificate, keyFile: pair.key, service: "smtp")
        let client = try TLSContext.client()
        try Descriptor.withSocketPair { one, other in
            guard let first = OpenSSLSession(context: server, descriptor: one.number, isServer: true),
                let second = OpenSSLSession(context: client, descriptor: other.number, isServer: false)
            else {
                Issue.record("no session")
                return
            }
            var ends = (TLSProgress.wantRead, TLSProgress.wantRead)
            for _ in 0..<10 where ends != (.done(1), .done(1)) {
                ends.1 = second.handshake()
                ends.0 = first.handshake()
            }
            #expect(ends == (.done(1), .done(1)))
            #expect(first.version == "TLSv1.3" && first.version == second.version && first.cipher == second.cipher)
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
            defer { room.deallocate() }
            #expect(first.read(into: room) == .wantRead)
            #expect(Array("hello".utf8).withUnsafeBytes { second.write($0) } == .done(5))
            #expect(first.read(into: room) == .done(5))
            #expect(Array(room.prefix(5)) == Array("hello".utf8))
            second.sendClose()
            #expect(first.read(into: room) == .closed)
        }
    }

    @Test func `A handshake with a peer that is gone ends`() throws {
        let pair = try TestCertificate.shared.get()
        let server = try TLSContext.server(certificateFile: pair.certificate, keyFile: pair.key, service: "smtp")
        try Descriptor.withSocketPair { one, other in
            guard let session = OpenSSLSession(context: server, descriptor: one.number, isServer: true) else { return }
            try other.close()
            switch session.handshake() {
            case .closed, .failed: break
            case .done, .wantRead, .wantWrite: Issue.record("a handshake with nobody went on")
            }
        }
    }
}
