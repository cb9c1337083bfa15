// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// Reads a message that lies in an open file; the caller keeps the file open.
struct MessageContentReader {
    private let number: Int32
    private let offset: Int
    /// The first octets, which were read before.
    private let head: [UInt8]

    init(_ source: borrowing Descriptor, offset: Int, head: [UInt8]) {
        number = source.number
        self.offset = offset
        self.head = head
    }

    /// Up to `count` octets from `position` on; none at the end of the file.
    func read(at position: Int, count: Int) throws(Errno) -> [UInt8] {
        guard position < head.count else { return try readBorrowed(number, at: offset + position, count: count) }
        if position == 0, head.count <= count { return head }
        return Array(head[position..<min(head.count, position + count)])
    }
}

/// pread(2) of a descriptor that the caller keeps open.
func readBorrowed(_ number: Int32, at offset: Int, count: Int) throws(Errno) -> [UInt8] {
    let file = Descriptor(owning: number)
    do throws(Errno) {
        let bytes = try file.read(at: offset, count: count)
        _ = file.release()
        return bytes
    } catch {
        _ = file.release()
        throw error
    }
}
