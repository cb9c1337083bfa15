// SPDX-License-Identifier: Apache-2.0

/// A conversation of a line protocol as one reads it: `C:` lines are sent, `S:` lines are what must come.
///
/// A server line may end in `*`: then what follows there is free.
package struct Transcript: Sendable {
    /// A place where the server said something else.
    package struct Difference: Error, CustomStringConvertible {
        package let description: String
    }

    private let lines: [(isClient: Bool, text: String)]

    /// Lines that begin with `C: ` or `S: `.
    package init(_ lines: String...) {
        self.lines = lines.map { ($0.hasPrefix("C: "), String($0.dropFirst(3))) }
    }

    /// Has the conversation through a client.
    ///
    /// - Throws: `Difference` at the first line that is not as written.
    package func play(_ client: RawClient) throws {
        for (index, line) in lines.enumerated() {
            if line.isClient {
                try client.send(line.text + "\r\n")
                continue
            }
            let received = try client.line() ?? "(end of the stream)"
            let isAsWritten =
                line.text.hasSuffix("*") ? received.hasPrefix(line.text.dropLast()) : received == line.text
            guard isAsWritten else {
                throw Difference(description: "line \(index + 1): \"\(received)\" came instead of \"\(line.text)\"")
            }
        }
    }
}
