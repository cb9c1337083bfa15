// SPDX-License-Identifier: Apache-2.0

/// How text from outside is put into something that has a grammar of its own.
package enum LDAPQuoting: Sendable {
    /// As it is: results.
    case none
    /// As an assertion value of a filter, RFC 4515 section 3.
    case filter
    /// As an attribute value of a distinguished name, RFC 4514 section 2.4.
    case distinguishedName

    /// Appends `text` so that it stays one value.
    func append(_ text: String, to output: inout [UInt8]) {
        switch self {
        case .none: output.append(contentsOf: text.utf8)
        case .filter:
            for byte in text.utf8 {
                switch byte {
                case 0, UInt8(ascii: "*"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"):
                    Self.appendHexadecimal(byte, to: &output)
                default: output.append(byte)
                }
            }
        case .distinguishedName:
            let bytes = Array(text.utf8)
            for (index, byte) in bytes.enumerated() {
                switch byte {
                case 0: Self.appendHexadecimal(byte, to: &output)
                case UInt8(ascii: "\""), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "<"),
                    UInt8(ascii: ">"), UInt8(ascii: "="), UInt8(ascii: "\\"):
                    output += [UInt8(ascii: "\\"), byte]
                case UInt8(ascii: "#") where index == 0, UInt8(ascii: " ") where index == 0 || index == bytes.count - 1:
                    output += [UInt8(ascii: "\\"), byte]
                default: output.append(byte)
                }
            }
        }
    }

    private static func appendHexadecimal(_ byte: UInt8, to output: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        output += [UInt8(ascii: "\\"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
