// SPDX-License-Identifier: Apache-2.0
package import POSIX
package import SystemPackage

/// Decides whether a file may be given to LMDB, which believes every number in its pages.
///
/// It walks both trees of the file, the one of the entries and the one of the free pages: pages are what they say, lie
/// in the file and belong to one place only, and their entries fill them without gap or overlap. What keys and
/// values say is their owner's affair. The caller holds the lock of the file.
package struct LMDBVerifier {
    /// Depth of LMDB's cursors.
    private static let depthLimit = 32
    /// The longest key of LMDB's usual build.
    private static let keyLimit = 511
    private static let headerSize = 16
    private static let nodeSize = 8

    /// A finding that ends the walk.
    private enum Damage: Error {
        case damaged
        case unreadable(Errno)
    }

    private let meta: LMDBMeta
    private var used: [Bool]

    /// Whether the file holds; throws where it cannot be read.
    package static func holds(_ file: borrowing Descriptor) throws(Errno) -> Bool {
        let size = try file.status().size
        let pageSize = LMDBMeta.pageSize
        guard size >= 2 * pageSize, size <= LMDBFile.sizeLimit else { return false }
        guard let first = LMDBMeta(try file.read(at: 0, count: pageSize)),
            let second = LMDBMeta(try file.read(at: pageSize, count: pageSize))
        else { return false }
        // LMDB takes the newer one.
        let meta = first.transaction < second.transaction ? second : first
        guard meta.lastPage >= 1, meta.lastPage < LMDBFile.sizeLimit / pageSize else { return false }
        var verifier = LMDBVerifier(meta: meta, used: [Bool](repeating: false, count: meta.lastPage + 1))
        verifier.used[0] = true
        verifier.used[1] = true
        do throws(Damage) {
            try verifier.walk(meta.entries, file) { _, _, _ throws(Damage) in }
            try verifier.walk(meta.free, file, keysAreNumbers: true) { key, value, verifier throws(Damage) in
                try verifier.takeFreePages(key, value)
            }
            return true
        } catch {
            if case .unreadable(let errno) = error { throw errno }
            return false
        }
    }

    /// Walks a tree in the order of its keys.
    private mutating func walk(
        _ tree: LMDBMeta.Tree,
        _ file: borrowing Descriptor,
        keysAreNumbers: Bool = false,
        _ entry: (_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, inout LMDBVerifier) throws(Damage) -> Void
    ) throws(Damage) {
        guard let root = tree.root else {
            guard tree.depth == 0, tree.entryCount == 0 else { throw .damaged }
            return
        }
        guard tree.depth >= 1, tree.depth <= Self.depthLimit else { throw .damaged }
        var counts = (branches: 0, leaves: 0, overflows: 0, entries: 0)
        var last: [UInt8]?
        var waiting = [(page: root, level: 1)]
        while let (number, level) = waiting.popLast() {
            let page = try take(number, file)
            let isLeaf = level == tree.depth
            guard page.integer(at: 10, of: 2) == (isLeaf ? 2 : 1) else { throw .damaged }
            let nodes = try Self.nodes(of: page, isLeaf: isLeaf)
            if isLeaf { counts.leaves += 1 } else { counts.branches += 1 }
            if !isLeaf {
                guard nodes.count >= 2 else { throw .damaged }
                waiting += nodes.reversed().map { node in
                    (page: page.integer(at: node, of: 4) | page.integer(at: node + 4, of: 2) << 32, level: level + 1)
                }
                continue
            }
            for node in nodes {
                let key = page[node + Self.nodeSize..<node + Self.nodeSize + page.integer(at: node + 6, of: 2)]
                guard keysAreNumbers ? key.count == 8 : last.map({ $0.lexicographicallyPrecedes(key) }) ?? true
                else { throw .damaged }
                last = Array(key)
                counts.entries += 1
                let size = page.integer(at: node, of: 2) | page.integer(at: node + 2, of: 2) << 16
                if page.integer(at: node + 4, of: 2) == 0 {
                    try entry(key, page[key.endIndex..<key.endIndex + size], &self)
                } else {
                    let value = try takeOverflow(page.integer(at: key.endIndex, of: 8), size, file, keysAreNumbers)
                    counts.overflows += (Self.headerSize - 1 + size) / LMDBMeta.pageSize + 1
                    try entry(key, value[...], &self)
                }
            }
        }
        guard counts == (tree.branchPages, tree.leafPages, tree.overflowPages, tree.entryCount) else { throw .damaged }
    }

    /// Where the entries of a page begin; they fill it from `upper` on without gap or overlap.
    private static func nodes(of page: [UInt8], isLeaf: Bool) throws(Damage) -> [Int] {
        let lower = page.integer(at: 12, of: 2)
        let upper = page.integer(at: 14, of: 2)
        guard lower > headerSize, lower % 2 == 0, lower <= upper, upper <= page.count else { throw .damaged }
        let nodes = stride(from: headerSize, to: lower, by: 2).map { page.integer(at: $0, of: 2) }
        var expected = upper
        for node in nodes.sorted() {
            guard node == expected, node + nodeSize <= page.count else { throw .damaged }
            let keySize = page.integer(at: node + 6, of: 2)
            guard keySize <= keyLimit, !isLeaf || keySize > 0 else { throw .damaged }
            var size = nodeSize + keySize
            if isLeaf {
                switch page.integer(at: node + 4, of: 2) {
                case 0: size += page.integer(at: node, of: 2) | page.integer(at: node + 2, of: 2) << 16
                case 1: size += 8
                default: throw .damaged
                }
            }
            guard node + size <= page.count else { throw .damaged }
            expected = node + size + size % 2
        }
        guard expected == page.count else { throw .damaged }
        return nodes
    }

    /// Reads a page that nothing else may use.
    private mutating func take(_ number: Int, _ file: borrowing Descriptor) throws(Damage) -> [UInt8] {
        try mark(number)
        let page: [UInt8]
        do throws(Errno) {
            page = try file.read(at: number * LMDBMeta.pageSize, count: LMDBMeta.pageSize)
        } catch {
            throw .unreadable(error)
        }
        guard page.count == LMDBMeta.pageSize, page.integer(at: 0, of: 8) == number else { throw .damaged }
        return page
    }

    private mutating func mark(_ number: Int) throws(Damage) {
        guard number >= 2, number < used.count, !used[number] else { throw .damaged }
        used[number] = true
    }

    /// The pages of a long value; what they hold only where it is wanted.
    private mutating func takeOverflow(
        _ number: Int,
        _ size: Int,
        _ file: borrowing Descriptor,
        _ wantsValue: Bool
    ) throws(Damage) -> [UInt8] {
        guard size <= LMDBFile.sizeLimit else { throw .damaged }
        let count = (Self.headerSize - 1 + size) / LMDBMeta.pageSize + 1
        let head = try take(number, file)
        guard head.integer(at: 10, of: 2) == 4, head.integer(at: 12, of: 4) == count, count < used.count
        else { throw .damaged }
        for page in number + 1..<number + count { try mark(page) }
        let end = (number + count) * LMDBMeta.pageSize
        var isThere = false
        var value: [UInt8] = []
        do throws(Errno) {
            isThere = try file.status().size >= end
            if isThere, wantsValue {
                value = try file.read(at: number * LMDBMeta.pageSize + Self.headerSize, count: size)
            }
        } catch {
            throw .unreadable(error)
        }
        guard isThere, !wantsValue || value.count == size else { throw .damaged }
        return value
    }

    /// A list of free pages: how many, then their numbers, descending.
    private mutating func takeFreePages(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(Damage) {
        let value = Array(value)
        guard Array(key).integer(at: 0, of: 8) <= meta.transaction, value.count >= 8, value.count % 8 == 0
        else { throw .damaged }
        let count = value.integer(at: 0, of: 8)
        guard count < value.count / 8 else { throw .damaged }
        var last = Int.max
        for index in 0..<count {
            let number = value.integer(at: 8 + index * 8, of: 8)
            guard number < last else { throw .damaged }
            last = number
            try mark(number)
        }
    }
}
