// SPDX-License-Identifier: Apache-2.0

/// How much of the message goes back with a report (RET of RFC 3461 section 4.3).
package enum ReturnedContent: Sendable, Equatable {
    /// The whole message: `message/rfc822`.
    case full([UInt8])
    /// Its header: `text/rfc822-headers`.
    case headers([UInt8])

    /// Default of `bounce_size_limit`: a larger message comes back as its header.
    package static let defaultLimit = 50_000

    /// Chooses what goes back.
    ///
    /// - Parameters:
    ///   - content: The message from its beginning, lines ended by LF; at least `limit` bytes of it, or all.
    ///   - size: The message's whole size.
    ///   - wantsFull: Whether all of it goes back if it is not too large: for failures, unless the sender said RET=HDRS.
    ///   - limit: `bounce_size_limit`.
    /// - Returns: The message, or the header lines that fit into the limit.
    package static func choose(
        content: [UInt8],
        size: Int,
        wantsFull: Bool,
        limit: Int = defaultLimit
    ) -> ReturnedContent {
        guard wantsFull, size <= limit, content.count >= size else {
            return .headers(header(of: content, limit: limit))
        }
        return .full(content)
    }

    var bytes: [UInt8] {
        switch self {
        case .full(let bytes), .headers(let bytes): bytes
        }
    }

    /// The lines before the first empty one, as many whole ones as fit into the limit.
    private static func header(of content: [UInt8], limit: Int) -> [UInt8] {
        var end = 0
        var position = 0
        while position < content.count {
            let newline = content[position...].firstIndex(of: newlineByte) ?? content.count - 1
            let line = content[position...newline]
            guard newline < limit, line.first != newlineByte, !line.elementsEqual([13, newlineByte]) else { break }
            end = newline + 1
            position = end
        }
        return Array(content[..<end])
    }
}

let newlineByte = UInt8(ascii: "\n")
