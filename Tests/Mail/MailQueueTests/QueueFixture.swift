// SPDX-License-Identifier: Apache-2.0
import Foundation
import MailEnvelope
import POSIX

@testable import MailQueue

/// A queue in a folder of its own, which goes with the value.
final class QueueFixture: Sendable {
    let path: String
    let directories: QueueDirectories
    let ids = QueueIDSource(number: 7)

    /// In memory where that is possible: making a queue flushes some 160 folders.
    init(onDisk: Bool = false, synchronizesDirectories: Bool? = nil) throws {
        let memory = "/dev/shm"
        let isUsable = !onDisk && FileManager.default.isWritableFile(atPath: memory)
        path = (isUsable ? memory + "/" : NSTemporaryDirectory()) + "relais-queue-" + UUID().uuidString
        try QueueDirectories.prepare(path)
        directories = try QueueDirectories(opening: path, synchronizesDirectories: synchronizesDirectories)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// An envelope with something in every field.
    static func envelope(recipients: Int = 2) -> Envelope {
        var envelope = Envelope()
        envelope.sender = "alice@example.org"
        envelope.arrival = 1_700_000_000_123_456_789
        envelope.client.address = "192.0.2.1"
        envelope.client.name = "client.example.org"
        envelope.client.port = 40000
        envelope.client.helo = "client"
        envelope.client.protocolName = "ESMTPSA"
        envelope.client.tls = "TLSv1.3"
        envelope.sasl.user = "alice"
        envelope.sasl.method = "PLAIN"
        envelope.sasl.sender = "alice@example.org"
        envelope.encoding = .eightBit
        envelope.needsUTF8 = true
        envelope.dsn.envelopeID = "QQ314159"
        envelope.dsn.returned = .headers
        envelope.messageID = "<1@example.org>"
        envelope.recipients = (0..<recipients).map {
            Recipient(
                address: "bob\($0)@example.net",
                original: $0 % 2 == 0 ? nil : "info@example.org",
                notify: $0 % 3 == 0 ? [.success, .failure] : [],
                dsnOriginal: $0 % 2 == 0 ? "" : "rfc822;info@example.org"
            )
        }
        return envelope
    }

    @discardableResult
    func accept(
        _ content: [UInt8] = Array("Subject: x\n\nHello\n".utf8),
        recipients: Int = 2,
        folder: QueueFolder = .incoming
    ) throws -> CommittedFile {
        let writer = QueueFileWriter(in: directories, ids: ids, folder: folder)
        try writer.write(content)
        return try writer.commit(Self.envelope(recipients: recipients))
    }

    func file(_ id: QueueID, _ folder: QueueFolder = .incoming) -> String {
        "\(path)/\(folder.rawValue)/\(folder.path(of: id))"
    }

    func bytes(_ id: QueueID, _ folder: QueueFolder = .incoming) throws -> [UInt8] {
        try readFile(file(id, folder))
    }

    func exists(_ id: QueueID, _ folder: QueueFolder = .incoming) -> Bool {
        FileManager.default.fileExists(atPath: file(id, folder))
    }

    /// Scans everything, as qmgr does at its start.
    func scan(boot: BootIdentity? = BootIdentity.current()) throws -> [QueueScanner.Finding] {
        var scanner = QueueScanner(directories, boot: boot)
        var findings: [QueueScanner.Finding] = []
        for folder in QueueScanner.order {
            for bucket in QueueID.buckets { findings += try scanner.scan(folder, bucket: bucket) }
        }
        return findings
    }

    /// Writes down that the queue was in order under the present boot.
    func recordBoot() throws {
        try directories.recordBoot(BootIdentity.current() ?? BootIdentity("none"))
    }
}
