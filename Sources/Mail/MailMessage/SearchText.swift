// SPDX-License-Identifier: Apache-2.0

/// A text to be found without regard to case, as IMAP's SEARCH wants it; found in time linear to what is searched.
package struct SearchText: Sendable {
    /// The text in lower case, UTF-8.
    let needle: [UInt8]
    /// For each prefix, the length of its longest proper prefix that also ends it (Knuth, Morris, Pratt).
    let borders: [Int]

    /// Prepares a text in UTF-8.
    package init(_ text: [UInt8]) {
        var folded: [UInt8] = []
        var folder = CaseFolder()
        for byte in text { folder.fold(byte) { folded.append($0) } }
        folder.finish { folded.append($0) }
        needle = folded
        var borders = Array(repeating: 0, count: folded.count)
        var length = 0
        for index in folded.indices.dropFirst() {
            while length > 0, folded[index] != folded[length] { length = borders[length - 1] }
            if folded[index] == folded[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// Whether the text is empty, and so found everywhere.
    package var isEmpty: Bool {
        needle.isEmpty
    }

    /// Whether the text is in these octets of UTF-8.
    package func isFound(in bytes: [UInt8]) -> Bool {
        var matcher = TextMatcher(self)
        return matcher.take(bytes) || matcher.finish()
    }
}

/// Looks for a text in what it is fed.
struct TextMatcher {
    private let text: SearchText
    private var matched = 0
    private var isFound: Bool
    private var folder = CaseFolder()

    init(_ text: SearchText) {
        self.text = text
        isFound = text.isEmpty
    }

    /// Takes the next octets; true once the text was found.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        guard !isFound else { return true }
        var folder = folder
        for byte in bytes {
            folder.fold(byte) { step($0) }
            if isFound { return true }
        }
        self.folder = folder
        return false
    }

    /// Takes what was held back at the end.
    mutating func finish() -> Bool {
        var folder = folder
        folder.finish { step($0) }
        self.folder = folder
        return isFound
    }

    private mutating func step(_ byte: UInt8) {
        guard !isFound else { return }
        while matched > 0, text.needle[matched] != byte { matched = text.borders[matched - 1] }
        if text.needle[matched] == byte { matched += 1 }
        if matched == text.needle.count { isFound = true }
    }
}
