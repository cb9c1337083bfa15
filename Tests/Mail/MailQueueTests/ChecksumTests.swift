// SPDX-License-Identifier: Apache-2.0
import CLinux
import Testing

@testable import MailQueue

@Suite struct ChecksumTests {
    /// RFC 3720 appendix B.4, and the check value of the algorithm's catalogues.
    static let vectors: [(bytes: [UInt8], value: UInt32)] = [
        ([], 0),
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        ((0..<32).reversed(), 0x113F_DB5C),
        (
            [
                0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0,
                0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
            ], 0xD996_3A56
        ),
    ]

    @Test(arguments: vectors) func `CRC32C has the values of RFC 3720`(vector: (bytes: [UInt8], value: UInt32)) {
        #expect(Checksum(of: vector.bytes).value == vector.value)
        #expect(linux_crc32c_table(0, vector.bytes, vector.bytes.count) == vector.value)
    }

    @Test func `In pieces and by tables it is the same`() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ 7) }
        let whole = Checksum(of: bytes)
        for cut in 0...bytes.count {
            var sum = Checksum()
            sum.add(Array(bytes[..<cut]).span)
            sum.add(Array(bytes[cut...]).span)
            #expect(sum == whole)
            #expect(linux_crc32c_table(0, Array(bytes[..<cut]), cut) == Checksum(of: Array(bytes[..<cut])).value)
        }
    }
}
