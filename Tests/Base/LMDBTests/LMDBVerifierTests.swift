// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import LMDB

@Suite("Verifying LMDB files")
struct LMDBVerifierTests {
    let folder = TemporaryFolder()

    private var path: String { folder.path + "/file" }

    private func key(_ number: Int) -> [UInt8] { Array("key\(1_000_000 + number)".utf8) }

    private func value(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number % 251), count: number * 37 % 6000) }

    /// A file with short and long values, with two levels of pages, and with free ones.
    private func fill(_ range: Range<Int>, removing gone: (Int) -> Bool) throws {
        let file = try LMDBFile(path: path)
        let write = try LMDBTransaction(file, writes: true)
        for number in range { try write.put(key(number), value(number)) }
        try write.commit()
        let remove = try LMDBTransaction(file, writes: true)
        for number in range where gone(number) { try remove.remove(key(number)) }
        try remove.commit()
    }

    private func holds() throws -> Bool {
        try LMDBVerifier.holds(try Descriptor.open(path, .read))
    }

    @Test func `An empty file holds, and so does one with entries, long values and free pages`() throws {
        _ = try LMDBFile(path: path)
        #expect(try holds())
        try fill(0..<300) { $0 % 3 == 0 }
        #expect(try holds())
        try fill(100..<500) { $0 % 2 == 0 }
        #expect(try holds())
        try fill(0..<500) { _ in true }
        #expect(try holds())
    }

    @Test func `What is written is found, and nothing else`() throws {
        try fill(0..<300) { $0 % 3 == 0 }
        let file = try LMDBFile(path: path)
        let read = try LMDBTransaction(file, writes: false)
        for number in 0..<320 {
            var found: [UInt8]?
            try read.withValue(of: key(number)) { span in found = span.indices.map { span[$0] } }
            #expect(found == (number < 300 && number % 3 != 0 ? value(number) : nil))
        }
    }

    @Test func `A transaction without commit leaves nothing`() throws {
        let file = try LMDBFile(path: path)
        do {
            let write = try LMDBTransaction(file, writes: true)
            try write.put(key(1), value(1))
        }
        var isFound = false
        try LMDBTransaction(file, writes: false).withValue(of: key(1)) { _ in isFound = true }
        #expect(!isFound)
    }

    /// Whatever byte is damaged: the file is refused, or every entry is still read and written without a crash.
    @Test func `A damaged byte is noticed, or harms no more than the entry that it lies in`() throws {
        try fill(0..<60) { $0 % 3 == 0 }
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var refused = 0
        var offsets = Array(0..<1000) + stride(from: 1000, to: whole.count, by: Surroundings.wantsLongRounds ? 7 : 101)
        // The heads of all pages, where the numbers are that LMDB believes.
        for page in stride(from: 0, to: whole.count, by: 4096) { offsets += page..<page + 48 }
        for offset in offsets where offset < whole.count {
            for change in [UInt8(0x01), 0x80, 0xFF] {
                var damaged = whole
                damaged[offset] ^= change
                try Data(damaged).write(to: URL(fileURLWithPath: path))
                guard try holds() else {
                    refused += 1
                    continue
                }
                let file = try LMDBFile(path: path)
                do {
                    let write = try LMDBTransaction(file, writes: true)
                    for number in 0..<70 {
                        try write.withValue(of: key(number)) { _ in }
                        try write.put(key(number), value(number + 1))
                    }
                    for number in 0..<30 { try write.remove(key(number)) }
                    try write.commit()
                } catch {
                    // An answer too: whoever gets it starts anew.
                    #expect(error.code != 0)
                }
            }
        }
        #expect(refused > 500)
    }

    @Test func `A file cut short anywhere is refused`() throws {
        try fill(0..<60) { $0 % 3 == 0 }
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let file = try Descriptor.open(path, .update)
        for size in stride(from: whole.count - 1, to: 0, by: -997) {
            try file.truncate(to: size)
            if try LMDBVerifier.holds(file) {
                // Only free pages were lost.
                let open = try LMDBFile(path: path)
                let read = try LMDBTransaction(open, writes: false)
                for number in 0..<60 { try read.withValue(of: key(number)) { _ in } }
            }
        }
        #expect(try !LMDBVerifier.holds(file))
    }
}
