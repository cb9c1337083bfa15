// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailMessage
internal import MailStore

/// An open message of which no more is read than is asked for: the header first, all of it when that is needed.
///
/// It blocks, so it lives in an offloaded thread.
final class LoadedMessage {
    /// What is read at first: most headers are shorter.
    private static let headRoom = 16_384

    let file: MessageFile
    private(set) var bytes: [UInt8] = []
    /// The header with its empty line; nil until it was looked for.
    private var headerEnd: Int?
    private var parsed: MessageStructure?

    init(_ file: consuming MessageFile) {
        self.file = file
    }

    /// Whether all of the message is in memory.
    var isComplete: Bool { bytes.count == file.size }

    /// Reads the header, and returns where it ends with its empty line.
    func readHeader() throws(StoreError) -> Int {
        if let headerEnd { return headerEnd }
        var room = Self.headRoom
        while true {
            if bytes.count < min(room, file.size) {
                bytes += try file.read(at: bytes.count, count: min(room, file.size) - bytes.count)
            }
            let isAll = bytes.count >= file.size || bytes.count < room
            let bytes = bytes
            var scanner = HeaderScanner(bytes.span)
            while scanner.next(bytes.span) != nil {}
            if let end = scanner.bodyStart ?? (isAll ? bytes.count : nil) {
                headerEnd = end
                return end
            }
            room *= 4
        }
    }

    /// Reads the rest.
    func readAll() throws(StoreError) {
        while bytes.count < file.size {
            let more = try file.read(at: bytes.count, count: file.size - bytes.count)
            // A file that has become shorter meanwhile is served as far as it goes.
            guard !more.isEmpty else { break }
            bytes += more
        }
    }

    /// The message's parts.
    func structure() throws(StoreError) -> MessageStructure {
        if let parsed { return parsed }
        try readAll()
        let bytes = bytes
        let structure = MessageStructure(parsing: bytes.span)
        parsed = structure
        return structure
    }

    /// What a section names; nil for a part that the message does not have.
    func content(of section: BodySection) throws(StoreError) -> SectionContent? {
        if section.part.isEmpty {
            switch section.text {
            case .whole:
                try readAll()
                let bytes = bytes
                return .extent(MessageExtent(counting: 0..<bytes.count, of: bytes.span))
            case .text:
                let start = try readHeader()
                try readAll()
                let bytes = bytes
                return .extent(MessageExtent(counting: start..<bytes.count, of: bytes.span))
            case .header, .mime:
                let end = try readHeader()
                let bytes = bytes
                return .extent(MessageExtent(counting: 0..<end, of: bytes.span))
            case .headerFields(let names):
                let end = try readHeader()
                return .bytes(Self.selected(names, excluding: false, in: 0..<end, of: bytes))
            case .headerFieldsNot(let names):
                let end = try readHeader()
                return .bytes(Self.selected(names, excluding: true, in: 0..<end, of: bytes))
            }
        }
        return Self.content(of: section, in: try structure(), bytes)
    }

    /// What a section names in a message that is in memory; nil for a part that it does not have.
    static func content(of section: BodySection, in structure: MessageStructure, _ bytes: [UInt8]) -> SectionContent? {
        func extent(_ piece: MessageSection.Piece) -> MessageExtent? {
            structure.extent(of: MessageSection(path: section.part.map { Int($0) }, piece: piece))
        }
        func fields(_ names: [[UInt8]], excluding: Bool) -> SectionContent? {
            extent(.header).map { .bytes(selected(names, excluding: excluding, in: $0.range, of: bytes)) }
        }
        switch section.text {
        case .whole: return extent(.whole).map(SectionContent.extent)
        case .header: return extent(.header).map(SectionContent.extent)
        case .text: return extent(.text).map(SectionContent.extent)
        case .mime: return extent(.mime).map(SectionContent.extent)
        case .headerFields(let names): return fields(names, excluding: false)
        case .headerFieldsNot(let names): return fields(names, excluding: true)
        }
    }

    /// The chosen fields of a header as the wire has them, and the empty line (RFC 3501 section 6.4.5).
    private static func selected(
        _ names: [[UInt8]],
        excluding: Bool,
        in header: Range<Int>,
        of bytes: [UInt8]
    ) -> [UInt8] {
        let fields = HeaderScanner.select(
            names.map { String(decoding: $0, as: UTF8.self) },
            excluding: excluding,
            in: bytes.span,
            header
        )
        var output: [UInt8] = []
        for field in fields {
            output += MessageExtent(counting: field.range, of: bytes.span).wireBytes(of: bytes.span)
            // The last field of a message that ends there.
            if output.last != 0x0A { output += [0x0D, 0x0A] }
        }
        return output + [0x0D, 0x0A]
    }
}

/// The octets of a section.
enum SectionContent: Sendable {
    /// A stretch of the message, to be sent with CRLF line ends.
    case extent(MessageExtent)
    /// Octets that were put together.
    case bytes([UInt8])

    /// How many octets the wire carries.
    var size: Int {
        switch self {
        case .extent(let extent): extent.wireSize
        case .bytes(let bytes): bytes.count
        }
    }
}
