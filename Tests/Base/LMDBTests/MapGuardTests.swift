// SPDX-License-Identifier: Apache-2.0
import Foundation
import POSIX
import TestSupport
import Testing

@testable import LMDB

@Suite("A map whose file is cut short")
struct MapGuardTests {
    let folder = TemporaryFolder()

    private var path: String { folder["file"] }

    private func key(_ number: Int) -> [UInt8] { Array("key\(1_000_000 + number)".utf8) }

    private func value(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number % 251), count: number * 97 % 9000) }

    private func fill() throws -> Int {
        let file = try LMDBFile(path: path)
        let write = try LMDBTransaction(file, writes: true)
        for number in 0..<300 { try write.put(key(number), value(number)) }
        try write.commit()
        return try fileStatus(path).size
    }

    @Test func `Who reads a file that is cut short meanwhile gets what is right or an error, and lives`() throws {
        let size = try fill()
        let whole = folder.read("file")
        var failures = 0
        // Behind the end within a page the kernel gives zeros: those are for whoever wrote the values to notice.
        for cut in stride(from: 0, to: size, by: size / 60 / 4096 * 4096) {
            try Descriptor.open(path, .update).write(whole, at: 0)
            let file = try LMDBFile(path: path)
            do throws(LMDBFile.Failure) {
                let read = try LMDBTransaction(file, writes: false)
                for number in 0..<300 {
                    if number == 30 { truncate(path, off_t(cut)) }
                    var found: [UInt8]?
                    try read.withValue(of: key(number)) { span in found = span.indices.map { span[$0] } }
                    if number < 30 { #expect(found == value(number)) }
                    if let found { #expect(found == value(number), "\(number), cut at \(cut)") }
                }
            } catch {
                #expect(error.isDamage)
                failures += 1
            }
        }
        #expect(failures > 20)
    }

    @Test func `Without a guard such a fault still ends the process`() async {
        await #expect(processExitsWith: .signal(SIGBUS)) {
            let folder = TemporaryFolder()
            // Installed by the first file.
            _ = try LMDBFile(path: folder["other"])
            let file = try Descriptor.open(folder.write("file", [1]), .update)
            let map = mmap(nil, 4096, PROT_READ, MAP_SHARED, file.number, 0)
            try file.truncate(to: 0)
            if let map { exit(Int32(map.load(as: UInt8.self))) }
        }
    }
}
