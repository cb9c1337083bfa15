// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

/// A piece of the new content of an mbox.
enum MboxPiece: Equatable {
    /// Bytes of the file as it is.
    case old(Range<Int>)
    /// Other bytes.
    case new([UInt8])
}

/// Rewrites the end of an mbox in place so that no power cut and no crash loses mail.
///
/// The new end is written to a journal beside the user's mailboxes and flushed; then the mbox is cut, the new end is
/// copied in from the journal and flushed; then the journal goes. A journal that is found later, whole, is carried out
/// again; what other programs appended to the half-written file meanwhile is kept after it. One that is not whole was
/// never begun with. In place, because others wait for a lock on this very file: a new file under its name would leave
/// them writing into the void.
struct MboxJournal: Sendable {
    private static let headerSize = 256
    private static let magic = "relais-mbox-journal-1"

    /// The folder of the journal, the user's own.
    let folder: StoreRoot
    /// The journal's name there.
    let name: String

    private struct Header {
        let offset: Int
        let oldSize: Int
        let oldHash: UInt64
        let length: Int
        let hash: UInt64

        var bytes: [UInt8] {
            var text = "\(magic) \(offset) \(oldSize) \(oldHash) \(length) \(hash)"
            text += " \(Header.check(text))\n"
            return Array(text.utf8) + [UInt8](repeating: 0, count: headerSize - text.utf8.count)
        }

        init(offset: Int, oldSize: Int, oldHash: UInt64, length: Int, hash: UInt64) {
            self.offset = offset
            self.oldSize = oldSize
            self.oldHash = oldHash
            self.length = length
            self.hash = hash
        }

        /// The checksum of the fields, as the last of them.
        private static func check(_ fields: some StringProtocol) -> UInt64 {
            var hash = Hash64()
            hash.add(Array(fields.utf8))
            return hash.value
        }

        init?(_ bytes: [UInt8]) {
            let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            guard bytes.count == headerSize, words.count == 7, words[0] == magic,
                words[6] == String(Header.check(words[..<6].joined(separator: " "))), let offset = Int(words[1]),
                let oldSize = Int(words[2]), let oldHash = UInt64(words[3]), let length = Int(words[4]),
                let hash = UInt64(words[5]), offset >= 0, oldSize >= offset, length >= 0, length <= 1 << 50
            else { return nil }
            self.init(offset: offset, oldSize: oldSize, oldHash: oldHash, length: length, hash: hash)
        }
    }

    /// Whether there is a journal.
    var exists: Bool {
        guard let root = try? folder.open() else { return false }
        return (try? root.status(of: name)) != nil
    }

    /// Replaces the file from `offset` on by the pieces.
    ///
    /// The file is locked.
    func rewrite(_ file: borrowing Descriptor, from offset: Int, pieces: [MboxPiece]) throws(Errno) {
        try write(file, from: offset, pieces: pieces)
        try finish(file)
    }

    /// Carries out what a crash interrupted.
    ///
    /// The file is locked.
    func recover(_ file: borrowing Descriptor) throws(Errno) {
        guard exists else { return }
        let root = try folder.open()
        let journal = try root.open(name, .readNoFollow)
        guard let header = try Self.readHeader(journal) else { return try remove(root) }
        let size = try file.status().size
        guard size >= header.offset else {
            // Shorter than the part that never changes: another file. What the journal holds may be the last copy.
            return try root.rename(name, to: name + ".orphan", in: root)
        }
        let rest = try Self.untouchedRest(file, journal: journal, header: header, size: size)
        if rest < size {
            // Others appended mail: it becomes part of the new end before anything is cut.
            let whole = Self.headerSize..<Self.headerSize + header.length
            try write(file, from: header.offset, journal: (journal.number, whole), pieces: [.old(rest..<size)])
        }
        try finish(file)
    }

    private static func readHeader(_ journal: borrowing Descriptor) throws(Errno) -> Header? {
        guard let header = Header(try journal.read(at: 0, count: headerSize)),
            try journal.status().size == headerSize + header.length,
            try hash(journal, headerSize..<headerSize + header.length) == header.hash
        else { return nil }
        return header
    }

    /// Where in the file what others appended begins; its size when nothing was.
    private static func untouchedRest(
        _ file: borrowing Descriptor,
        journal: borrowing Descriptor,
        header: Header,
        size: Int
    ) throws(Errno) -> Int {
        if size >= header.oldSize, try hash(file, header.offset..<header.oldSize) == header.oldHash {
            // Not begun.
            return header.oldSize
        }
        var same = 0
        while same < header.length {
            let ours = try journal.read(at: headerSize + same, count: min(copyChunk, header.length - same))
            let theirs = try file.read(at: header.offset + same, count: ours.count)
            let common = zip(ours, theirs).prefix { $0 == $1 }.count
            same += common
            if common < ours.count || ours.isEmpty { break }
        }
        let end = header.offset + same
        guard same < header.length, end < size else { return end }
        // Half written, and others appended. Their first bytes may look like ours: go back to the start of the message,
        // which may be there twice then, in part, but is not lost.
        let from = max(header.offset, end - 65536)
        let before = try file.read(at: from, count: min(size, end + 8) - from)
        let mark = Array("From ".utf8)
        for index in before.indices.reversed() where from + index <= end {
            let isLineStart = index == 0 ? from == header.offset : before[index - 1] == UInt8(ascii: "\n")
            if isLineStart, before[index...].starts(with: mark) { return from + index }
        }
        return end
    }

    /// Writes a journal in place of any older one, durably; `journal` is a part of that older one to begin with.
    func write(
        _ file: borrowing Descriptor,
        from offset: Int,
        journal: (copy: Int32, range: Range<Int>)? = nil,
        pieces: [MboxPiece]
    ) throws(Errno) {
        let root = try folder.make()
        let temporary = name + ".tmp"
        try? root.remove(temporary)
        let target = try root.open(temporary, .createNew)
        do throws(Errno) {
            var position = Self.headerSize
            var hash = Hash64()
            if let journal {
                try Self.copy(journal.copy, journal.range, to: target, at: &position, hash: &hash)
            }
            for piece in pieces {
                switch piece {
                case .old(let range): try Self.copy(file.number, range, to: target, at: &position, hash: &hash)
                case .new(let bytes):
                    try target.write(bytes, at: position)
                    hash.add(bytes)
                    position += bytes.count
                }
            }
            let oldSize = try file.status().size
            let header = Header(
                offset: offset,
                oldSize: oldSize,
                oldHash: try Self.hash(file, offset..<max(offset, oldSize)),
                length: position - Self.headerSize,
                hash: hash.value
            )
            try target.write(header.bytes, at: 0)
            try target.synchronize()
            try root.rename(temporary, to: name, in: root)
            try synchronizeDirectory(root)
        } catch {
            try? root.remove(temporary)
            throw error
        }
    }

    /// Carries the journal out and removes it.
    private func finish(_ file: borrowing Descriptor) throws(Errno) {
        let root = try folder.open()
        let journal = try root.open(name, .readNoFollow)
        guard let header = Header(try journal.read(at: 0, count: Self.headerSize)) else { throw .ioError }
        try file.truncate(to: header.offset)
        var done = 0
        while done < header.length {
            let chunk = try journal.read(at: Self.headerSize + done, count: min(copyChunk, header.length - done))
            guard !chunk.isEmpty else { throw .ioError }
            try file.write(chunk, at: header.offset + done)
            done += chunk.count
        }
        try file.synchronize()
        try remove(root)
    }

    private func remove(_ root: borrowing Descriptor) throws(Errno) {
        try root.remove(name)
        try synchronizeDirectory(root)
    }

    private static func copy(
        _ source: Int32,
        _ range: Range<Int>,
        to target: borrowing Descriptor,
        at position: inout Int,
        hash: inout Hash64
    ) throws(Errno) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let chunk = try readBorrowed(source, at: offset, count: min(copyChunk, range.upperBound - offset))
            guard !chunk.isEmpty else { throw .ioError }
            try target.write(chunk, at: position)
            hash.add(chunk)
            position += chunk.count
            offset += chunk.count
        }
    }

    private static func hash(_ file: borrowing Descriptor, _ range: Range<Int>) throws(Errno) -> UInt64 {
        var hash = Hash64()
        var offset = range.lowerBound
        while offset < range.upperBound {
            let chunk = try file.read(at: offset, count: min(copyChunk, range.upperBound - offset))
            guard !chunk.isEmpty else { break }
            hash.add(chunk)
            offset += chunk.count
        }
        return hash.value
    }
}

/// FNV-1a of 64 bits: against accidents, not against enemies, who cannot write to the user's folder.
struct Hash64 {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Adds bytes.
    mutating func add(_ bytes: [UInt8]) {
        var value = self.value
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        self.value = value
    }
}
