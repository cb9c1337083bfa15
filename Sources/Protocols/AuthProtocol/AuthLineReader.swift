// SPDX-License-Identifier: Apache-2.0

/// Cuts a byte stream into lines at LF, with a bound on what it holds.
struct AuthLineReader: Equatable, Sendable {
    private let limit: Int
    private var buffer: [UInt8] = []
    private var start = 0
    private var scanned = 0

    init(limit: Int) {
        self.limit = limit
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) {
        buffer.append(contentsOf: bytes)
    }

    /// The next whole line without its LF, or nil where more bytes are needed.
    mutating func next() throws(AuthProtocolError) -> ArraySlice<UInt8>? {
        guard let end = buffer[scanned...].firstIndex(of: 0x0A) else {
            buffer.removeFirst(start)
            start = 0
            scanned = buffer.count
            guard buffer.count <= limit else { throw .lineTooLong }
            return nil
        }
        let line = buffer[start..<end]
        start = end + 1
        scanned = start
        guard line.count <= limit else { throw .lineTooLong }
        return line
    }
}
