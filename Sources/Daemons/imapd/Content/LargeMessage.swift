// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailMessage
internal import MailStore

/// A large message that is being sent in pieces; its methods block.
final class LargeMessage: Sendable {
    /// What is read at once.
    private static let chunk = 128 * 1024

    let uid: UInt32
    let file: MessageFile

    init(_ uid: UInt32, _ file: consuming MessageFile) {
        self.uid = uid
        self.file = file
    }

    /// How far a message was sent: where the next chunk begins in the file and on the wire.
    struct Position: Sendable {
        var fileOffset = 0
        var wireOffset = 0
        var endings = NetworkLineEndings()
    }

    /// The size with CRLF line ends: counted, for a literal's size is a promise.
    func wireSize() throws(StoreError) -> Int {
        var position = Position()
        var size = 0
        while position.fileOffset < file.size {
            let bytes = try file.read(at: position.fileOffset, count: Self.chunk)
            guard !bytes.isEmpty else { break }
            position.fileOffset += bytes.count
            size += bytes.count + position.endings.growth(of: bytes)
        }
        return size
    }

    /// The next octets with CRLF line ends, and where those after them begin; none at the end.
    func read(at position: Position) throws(StoreError) -> (bytes: [UInt8], next: Position) {
        let bytes = try file.read(at: position.fileOffset, count: Self.chunk)
        var next = position
        var output: [UInt8] = []
        next.endings.convert(bytes, into: &output)
        next.fileOffset += bytes.count
        next.wireOffset += output.count
        return (output.withoutNUL, next)
    }

    /// What a section names, and the message's parts, parsed unless they are known.
    ///
    /// Only then, and for chosen fields, is all of the message in memory, and for no longer than this takes.
    func content(
        of section: BodySection,
        in known: MessageStructure?
    ) throws(StoreError) -> (content: SectionContent?, structure: MessageStructure) {
        if let known, !section.choosesFields {
            return (LoadedMessage.content(of: section, in: known, []), known)
        }
        let bytes = try file.contents()
        let structure = known ?? MessageStructure(parsing: bytes.span)
        return (LoadedMessage.content(of: section, in: structure, bytes), structure)
    }

    /// The next octets of a stretch from `start` to `end` on the wire, and the reader behind them; none where the file ends.
    func read(
        _ reader: WireReader,
        from start: Int,
        to end: Int
    ) throws(StoreError) -> (bytes: [UInt8], next: WireReader) {
        var reader = reader
        var output: [UInt8] = []
        while output.isEmpty, reader.wireOffset < end {
            let base = reader.position
            let bytes = try file.read(at: base, count: Self.chunk)
            guard !bytes.isEmpty else { break }
            reader.skip(start - reader.wireOffset, in: bytes.span, at: base)
            // Only what was skipped may lie in these bytes.
            guard reader.wireOffset >= start else { continue }
            _ = reader.read(end - reader.wireOffset, of: bytes.span, at: base, into: &output)
        }
        return (output.withoutNUL, reader)
    }
}

extension BodySection {
    /// Whether it is put together of fields of a header, so that the octets are needed to tell its size.
    var choosesFields: Bool {
        switch text {
        case .headerFields, .headerFieldsNot: true
        default: false
        }
    }
}

/// The message that a session has read last, kept for a moment: clients fetch large ones in pieces.
struct LastRead {
    let message: LargeMessage
    let wireSize: Int
    /// Where the next piece of the whole message probably begins.
    var position = LargeMessage.Position()
    var structure: MessageStructure?
    /// Where the next piece of this section probably begins.
    var section: (name: BodySection, reader: WireReader)?
}

extension [UInt8] {
    /// The octets with 0x80 in place of NUL, which no literal may hold (RFC 3501 section 4.3.1).
    var withoutNUL: [UInt8] {
        contains(0) ? map { $0 == 0 ? 0x80 : $0 } : self
    }
}
