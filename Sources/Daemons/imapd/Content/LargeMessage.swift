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

    /// The whole message in memory, for parts of it.
    func text() throws(StoreError) -> LargeText {
        let bytes = try file.contents()
        return LargeText(bytes: bytes, structure: MessageStructure(parsing: bytes.span))
    }
}

/// A large message in memory.
struct LargeText: Sendable {
    let bytes: [UInt8]
    let structure: MessageStructure
}

/// The message that a session has read last, kept for a moment: clients fetch large ones in pieces.
struct LastRead {
    let message: LargeMessage
    let wireSize: Int
    /// Where the next piece of the whole message probably begins.
    var position = LargeMessage.Position()
    var text: LargeText?
    /// Where the next piece of this section probably begins.
    var section: (name: BodySection, reader: WireReader)?
}

extension [UInt8] {
    /// The octets with 0x80 in place of NUL, which no literal may hold (RFC 3501 section 4.3.1).
    var withoutNUL: [UInt8] {
        contains(0) ? map { $0 == 0 ? 0x80 : $0 } : self
    }
}
