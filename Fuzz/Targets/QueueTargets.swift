// SPDX-License-Identifier: Apache-2.0
import MailEnvelope

@testable import MailQueue

extension FuzzTarget {
    /// A queue file: opened by an agent, scanned by qmgr, marked and read again.
    ///
    /// The check values are made right first, so that what they guard is reached.
    static let queueFiles = FuzzTarget("queue-files", upTo: 4096) { bytes in
        _ = DeliveryReason(decoding: bytes)
        _ = try? Envelope(decoding: bytes, recipientCount: 2, limits: EnvelopeLimits())
        if let envelope = try? Envelope(wireBytes: bytes) {
            try requireEqual(try? Envelope(wireBytes: envelope.wireBytes), envelope, "an envelope of the wire")
        }
        if let outcome = try? Outcome(wireBytes: bytes) {
            try requireEqual(try? Outcome(wireBytes: outcome.wireBytes), outcome, "an outcome")
        }
        let bytes = repaired(bytes)
        guard let header = try? QueueFileHeader(decoding: bytes) else { return }
        let id = header.id
        let directories = try QueueFolders.shared.directories
        let path = "\(QueueFolders.path)/\(QueueFolder.deferred.rawValue)/\(QueueFolder.deferred.path(of: id))"
        try ScratchFolder.write(path, bytes)
        defer {
            ScratchFolder.remove(path)
            ScratchFolder.remove(
                "\(QueueFolders.path)/\(QueueFolder.corrupt.rawValue)/\(QueueFolder.corrupt.path(of: id))"
            )
        }
        try checkFile(id, directories)
        var scanner = QueueScanner(directories, boot: nil)
        guard case .message(let message) = scanner.look(at: id, in: .deferred) else { return }
        try checkMarks(message, directories)
    }

    private static func checkFile(_ id: QueueID, _ directories: QueueDirectories) throws {
        guard let reader = try? QueueFileReader(opening: id, in: .deferred, of: directories) else { return }
        try? reader.verifyContent()
        if let envelope = try? reader.envelope() {
            try require(isClean(envelope.sender), "a control character in the sender")
            for recipient in envelope.recipients {
                try require(isClean(recipient.address), "a control character in a recipient")
            }
        }
        guard let marks = try? reader.marks() else { return }
        for mark in marks.recipients { _ = reader.reason(of: mark) }
    }

    private static func checkMarks(_ message: QueueScanner.Message, _ directories: QueueDirectories) throws {
        guard !message.marks.isEmpty, message.marks.count < 1000 else { return }
        var mark = message.marks[0]
        mark.state = .deferred
        mark.attempts = 3
        var marker = try QueueFileMarker(opening: message.id, in: .deferred, of: directories, layout: message.layout)
        let reason = DeliveryReason(status: "4.4.1", text: "no answer", remoteMTA: "mx")
        try marker.mark(0, mark, reason: reason)
        try marker.mark(MessageMark(isDelayReported: true))
        let reader = try QueueFileReader(opening: message.id, in: .deferred, of: directories)
        let (own, marks) = try reader.marks()
        try require(own.isDelayReported, "the message's mark is lost")
        try require(marks[0].state == .deferred && marks[0].attempts == 3, "a recipient's mark is lost")
        try requireEqual(reader.reason(of: marks[0]), reason, "the reason")
        try requireEqual(marks.dropFirst().map(\.state), message.marks.dropFirst().map(\.state), "other marks")
        try requireEqual(try reader.envelope(), message.envelope, "the envelope")
    }

    private static func isClean(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// The file with the check values of header, content and envelope set right.
    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count >= QueueFileLayout.headerLength else { return bytes }
        var bytes = bytes
        func put(_ value: UInt32, at offset: Int) {
            for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
        }
        func number(at offset: Int) -> Int {
            (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
        }
        let content = number(at: 16)
        let envelope = number(at: 24)
        let start = QueueFileLayout.headerLength
        if content >= 0, envelope >= 0, content <= bytes.count - start, envelope <= bytes.count - start - content {
            put(Checksum(of: Array(bytes[start..<start + content])).value, at: 80)
            put(Checksum(of: Array(bytes[(start + content)..<(start + content + envelope)])).value, at: 84)
            // The message's own mark has 0 as its seed, the recipients' count from 1.
            for seed in 0..<UInt32(20) {
                let mark = start + content + envelope + Int(seed) * QueueFileLayout.markLength
                guard mark + QueueFileLayout.markLength <= bytes.count else { break }
                var check = Checksum(seed: seed)
                check.add(Array(bytes[mark..<(mark + 44)]).span)
                put(check.value, at: mark + 44)
            }
        }
        put(Checksum(of: Array(bytes[..<124])).value, at: 124)
        return bytes
    }
}

/// The queue in which the files lie, made once.
private struct QueueFolders {
    static let path = "\(ScratchFolder.shared.path)/queue"
    static let shared = QueueFolders()

    private let result: Result<QueueDirectories, any Error>

    var directories: QueueDirectories {
        get throws { try result.get() }
    }

    private init() {
        result = Result {
            try QueueDirectories.prepare(Self.path)
            return try QueueDirectories(opening: Self.path)
        }
    }
}
