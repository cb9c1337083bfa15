// SPDX-License-Identifier: Apache-2.0
import MailAddress

extension FuzzTarget {
    /// Paths of the envelope, internal forms and address lists of header fields.
    static let addresses = FuzzTarget("addresses", upTo: 4096) { bytes in
        for kind in [PathParser.Kind.reverse, .forward] {
            for requiresBrackets in [false, true] {
                let parser = PathParser(requiresBrackets: requiresBrackets, requiresDomain: requiresBrackets)
                guard let result = try? parser.parse(bytes.span, as: kind) else { continue }
                try require((0...bytes.count).contains(result.end), "the path ends beyond the input")
                try checkAddress(result.address)
            }
        }
        if let address = try? PathParser().parseMailbox(bytes.span) { try checkAddress(address) }
        if let text = String(validating: bytes, as: UTF8.self) { try checkText(forms: text) }
        try checkList(bytes)
    }

    private static func checkText(forms text: String) throws {
        if let address = EmailAddress(internalForm: text) {
            try requireEqual(EmailAddress(internalForm: address.internalForm), address, "internal form")
            if !address.isNull, address.localPart.utf8.count <= 256 {
                try requireEqual(EmailAddress(address.externalForm), address, "external form")
            }
            for delimiters in ["+", "-+", "é."] {
                guard let split = address.splittingDetail(delimiters: delimiters) else { continue }
                let joined = split.base.localPart + String(split.delimiter) + split.detail
                try require(joined.utf8.elementsEqual(address.localPart.utf8), "the detail is not what was cut off")
            }
        }
        if let address = EmailAddress(text) {
            try requireEqual(EmailAddress(address.externalForm), address, "external form of a text")
        }
    }

    private static func checkList(_ bytes: [UInt8]) throws {
        let list = HeaderAddressParser(maximumCount: 1000).parse(bytes.span)
        try require(list.count <= 1001, "more elements than are allowed")
        var depth = 0
        for element in list {
            switch element.kind {
            case .groupStart: depth += 1
            case .groupEnd: depth -= 1
            case .mailbox: break
            }
            try require((0...1).contains(depth), "groups do not pair up")
            let range = element.range
            try require(range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range beyond the field")
        }
        try require(depth == 0, "a group is not closed")
    }
}
