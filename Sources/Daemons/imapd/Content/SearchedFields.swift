// SPDX-License-Identifier: Apache-2.0
internal import MailMessage
internal import MailStore

/// The header fields that searches ask for again and again: the index keeps them, so that no message has to be opened.
struct SearchedFields {
    private static let names = ["from", "to", "cc", "bcc", "subject", "date", "message-id"]
    /// A message with longer ones has none in the index.
    private static let limit = 4096

    /// The fields as they are in the message, within `range`.
    let bytes: [UInt8]
    let range: Range<Int>

    /// Whether all fields of this name are among them.
    static func include(_ name: String) -> Bool {
        names.contains(name.lowercased())
    }

    /// The fields of a message; nil where they are long.
    static func find(in message: LoadedMessage) throws(StoreError) -> [UInt8]? {
        let end = try message.readHeader()
        let bytes = message.bytes
        var scanner = HeaderScanner(0..<end)
        var output: [UInt8] = []
        output.reserveCapacity(512)
        while let field = scanner.next(bytes.span) {
            guard !field.isMalformed, names.contains(where: { field.isNamed($0, in: bytes.span) }) else { continue }
            guard output.count + field.range.count < limit else { return nil }
            output.append(contentsOf: bytes[field.range])
            // The last field of a message that ends there.
            if output.last != UInt8(ascii: "\n") { output.append(UInt8(ascii: "\n")) }
        }
        // So that none are told from not known.
        output.append(UInt8(ascii: "\n"))
        return output
    }
}

/// What a search has to know of messages beyond their flags and numbers.
struct SearchNeeds: OptionSet {
    let rawValue: UInt8

    static let sizes = SearchNeeds(rawValue: 1)
    static let dates = SearchNeeds(rawValue: 2)
    /// Fields that the index may have.
    static let fields = SearchNeeds(rawValue: 4)
}

extension SearchNode {
    /// What deciding takes.
    var needs: SearchNeeds {
        switch self {
        case .constant, .flag, .keyword, .sequence, .uid, .body, .text: []
        case .and(let nodes), .or(let nodes): nodes.reduce(into: []) { $0.formUnion($1.needs) }
        case .not(let node): node.needs
        case .larger, .smaller: .sizes
        case .internalDate: .dates
        case .sentDate, .header: isKept ? .fields : []
        }
    }

    /// Whether the fields that it is about are among those that the index keeps.
    var isKept: Bool {
        switch self {
        case .sentDate, .header(_, isKept: true, _): true
        default: false
        }
    }
}
