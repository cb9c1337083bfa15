// SPDX-License-Identifier: Apache-2.0

/// The place in a message that a section of IMAP names: `1.2.MIME`, `1.TEXT`, `HEADER`, nothing (RFC 3501 section 6.4.5).
package struct MessageSection: Hashable, Sendable {
    /// Which piece of the part.
    package enum Piece: Hashable, Sendable {
        /// All of the message, or the body of the part.
        case whole
        /// The header of the message, or of the message enclosed in the part.
        case header
        /// The body of the message, or of the message enclosed in the part.
        case text
        /// The MIME header of the part.
        case mime
    }

    /// The numbers of the parts, from 1, the outermost first.
    package var path: [Int]
    /// Which piece of the part.
    package var piece: Piece

    /// Makes a section.
    package init(path: [Int] = [], piece: Piece = .whole) {
        self.path = path
        self.piece = piece
    }

    /// Reads `1.2.MIME`, `HEADER`, `TEXT` or the empty text; nil if it is none, or deeper than 100.
    ///
    /// `HEADER.FIELDS` with its list is the grammar's of IMAP: it is `HEADER` and a selection (`HeaderScanner.select`).
    package init?(_ text: String) {
        self.init()
        guard !text.isEmpty else { return }
        let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard words.count <= 101 else { return nil }
        for (index, word) in words.enumerated() {
            if let first = word.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first) {
                guard let number = Int(Substring(word)), number <= 0xFFFF_FFFF else { return nil }
                path.append(number)
                continue
            }
            guard index == words.count - 1 else { return nil }
            switch String(Substring(word)).uppercased() {
            case "HEADER": piece = .header
            case "TEXT": piece = .text
            case "MIME" where !path.isEmpty: piece = .mime
            default: return nil
            }
        }
    }
}

extension MessageStructure {
    /// The place of a section, or nil if the message has no such part.
    package func extent(of section: MessageSection) -> MessageExtent? {
        guard let index = part(at: section.path) else { return nil }
        let part = parts[index]
        if section.path.isEmpty {
            switch section.piece {
            case .whole: return part.extent
            case .header: return part.header
            case .text: return part.body
            case .mime: return nil
            }
        }
        switch section.piece {
        case .whole: return part.body
        case .mime: return part.header
        case .header: return enclosed(in: index)?.header
        case .text: return enclosed(in: index)?.body
        }
    }

    /// The index of the part that the numbers name; the empty path names the message itself.
    package func part(at path: [Int]) -> Int? {
        guard !parts.isEmpty else { return nil }
        var index = 0
        for (depth, number) in path.enumerated() {
            // Numbers count inside a message, so a part that encloses one is entered first; the root is one already.
            var container = index
            if depth > 0 {
                switch parts[index].kind {
                case .leaf: return nil
                case .multipart: break
                case .message:
                    guard let child = parts[index].children.first else { return nil }
                    container = child
                }
            }
            if parts[container].kind == .multipart {
                guard number >= 1, number <= parts[container].children.count else { return nil }
                index = parts[container].children[number - 1]
            } else {
                guard number == 1 else { return nil }
                index = container
            }
        }
        return index
    }

    private func enclosed(in index: Int) -> MessagePart? {
        guard parts[index].kind == .message, let child = parts[index].children.first else { return nil }
        return parts[child]
    }
}
