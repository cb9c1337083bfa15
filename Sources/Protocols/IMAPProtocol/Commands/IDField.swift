// SPDX-License-Identifier: Apache-2.0

/// A field of the ID command and its response (RFC 2971): name and value, nil for `NIL`.
package struct IDField: Equatable, Sendable {
    package var name: [UInt8]
    package var value: [UInt8]?

    package init(name: [UInt8], value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// Makes a field of text.
    package init(_ name: String, _ value: String?) {
        self.init(name: Array(name.utf8), value: value.map { Array($0.utf8) })
    }
}

extension CommandParser {
    /// id_params_list = "(" *(string SP nstring) ")" / nil; at most 30 fields, names of 30, values of 1024 octets.
    mutating func idFields() throws(IMAPSyntaxError) -> [IDField]? {
        if take(word: "NIL") {
            return nil
        }
        return try list(atMost: 30, allowsEmpty: true) { (parser) throws(IMAPSyntaxError) in
            let name = try parser.string()
            try parser.space()
            let value = try parser.nstring()
            guard name.count <= 30, value?.count ?? 0 <= 1024 else {
                throw .limit("Too long ID field.")
            }
            return IDField(name: name, value: value)
        }
    }
}
