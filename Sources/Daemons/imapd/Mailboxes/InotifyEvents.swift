// SPDX-License-Identifier: Apache-2.0

/// Reads the events of inotify(7): which watches they belong to; what they say does not matter.
enum InotifyEvents {
    /// The numbers of the watches, each once; events that are cut off are left out.
    static func watches(in bytes: ArraySlice<UInt8>) -> Set<Int32> {
        func word(at offset: Int) -> UInt32 {
            bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
        var found: Set<Int32> = []
        var offset = bytes.startIndex
        // struct inotify_event: wd, mask, cookie, len, each of 32 bits, and len bytes of name.
        while bytes.endIndex - offset >= 16 {
            found.insert(Int32(bitPattern: word(at: offset)))
            let length = Int(word(at: offset + 12))
            guard length <= bytes.endIndex - offset - 16 else { break }
            offset += 16 + length
        }
        return found
    }
}
