// SPDX-License-Identifier: Apache-2.0

/// FETCH responses: `beginFetch`, an item after the other, `endFetch`. The spaces between the items come by themselves.
extension IMAPResponseWriter {
    /// Writes `* 12 FETCH (`.
    package mutating func beginFetch(_ sequenceNumber: UInt32) {
        raw("* ")
        number(UInt64(sequenceNumber))
        raw(" FETCH (")
        hasFetchItem = false
    }

    /// The end of the response.
    package mutating func endFetch() {
        raw(")\r\n")
    }

    /// An item's name and the space after it; the caller writes the value: `ENVELOPE`, `BODYSTRUCTURE`.
    package mutating func fetchItem(_ name: String) {
        separateFetchItem()
        raw(name)
        output.append(0x20)
    }

    /// An item that was formatted before, name and value.
    package mutating func fetchItem(formatted bytes: ArraySlice<UInt8>) {
        separateFetchItem()
        raw(bytes)
    }

    /// Writes `UID 42`.
    package mutating func fetchUID(_ uid: UInt32) {
        fetchItem("UID")
        number(UInt64(uid))
    }

    /// Writes `FLAGS (\Seen $Label)`.
    package mutating func fetchFlags(_ system: SystemFlags, _ keywords: [String] = []) {
        fetchItem("FLAGS")
        flags(system, keywords)
    }

    /// Writes `RFC822.SIZE 4711`.
    package mutating func fetchSize(_ octets: UInt64) {
        fetchItem("RFC822.SIZE")
        number(octets)
    }

    /// Writes `INTERNALDATE "05-Nov-2026 08:15:00 +0100"`.
    package mutating func fetchInternalDate(_ date: IMAPDateTime) {
        fetchItem("INTERNALDATE")
        dateTime(date)
    }

    /// `BODY[1.HEADER.FIELDS (From)]<0> `: the name of a section; its value, a literal or NIL, follows.
    ///
    /// - Parameters:
    ///   - section: the section as it was asked for.
    ///   - origin: the offset that was asked for; nil if the whole section was.
    package mutating func fetchSection(_ section: BodySection, origin: UInt64? = nil) {
        separateFetchItem()
        raw("BODY[")
        for (index, number) in section.part.enumerated() {
            if index > 0 {
                raw(".")
            }
            self.number(number)
        }
        if section.text != .whole, !section.part.isEmpty {
            raw(".")
        }
        switch section.text {
        case .whole: break
        case .header: raw("HEADER")
        case .text: raw("TEXT")
        case .mime: raw("MIME")
        case .headerFields(let names): headerList("HEADER.FIELDS (", names)
        case .headerFieldsNot(let names): headerList("HEADER.FIELDS.NOT (", names)
        }
        raw("]")
        if let origin {
            raw("<")
            number(origin)
            raw(">")
        }
        raw(" ")
    }

    private mutating func headerList(_ start: String, _ names: [[UInt8]]) {
        raw(start)
        var isFirst = true
        for name in names {
            if !isFirst {
                raw(" ")
            }
            isFirst = false
            astring(name)
        }
        raw(")")
    }

    private mutating func separateFetchItem() {
        if hasFetchItem {
            output.append(0x20)
        }
        hasFetchItem = true
    }
}
