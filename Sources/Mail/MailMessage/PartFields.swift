// SPDX-License-Identifier: Apache-2.0

/// Where the MIME fields of a part's header stand; the first of each name counts.
struct PartFields {
    private var contentType: Range<Int>?
    private var encoding: Range<Int>?
    private var contentID: Range<Int>?
    private var description: Range<Int>?
    private var disposition: Range<Int>?
    private var language: Range<Int>?
    private var location: Range<Int>?
    private var md5: Range<Int>?

    /// Remembers the field that begins at the range's begin, if it is one of MIME's.
    mutating func take(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        let prefix = "content-"
        let stem = range.lowerBound..<min(range.upperBound, range.lowerBound + prefix.utf8.count)
        guard bytes.equals(stem, prefix) else { return }
        var colon = stem.upperBound
        while colon < range.upperBound, bytes[colon] != UInt8(ascii: ":"), bytes[colon] != Octet.lf { colon += 1 }
        guard colon < range.upperBound, bytes[colon] == UInt8(ascii: ":"),
            let name = HeaderScanner.name(bytes, stem.upperBound..<colon)
        else { return }
        let value = bytes.trimmed((colon + 1)..<range.upperBound)
        func note(_ place: inout Range<Int>?, _ text: String) {
            if place == nil, bytes.equals(name, text) { place = value }
        }
        switch name.count {
        case 2: note(&contentID, "id")
        case 3: note(&md5, "md5")
        case 4: note(&contentType, "type")
        case 8:
            note(&language, "language")
            note(&location, "location")
        case 11:
            note(&description, "description")
            note(&disposition, "disposition")
        case 17: note(&encoding, "transfer-encoding")
        default: break
        }
    }

    /// Reads the fields into the part.
    func fill(
        _ part: inout MessagePart,
        _ bytes: Span<UInt8>,
        limits: StructureLimits,
        remainingParameters: inout Int,
        fallback: ContentType
    ) {
        func cut(_ range: Range<Int>) -> Range<Int> {
            range.lowerBound..<min(range.upperBound, range.lowerBound + limits.fieldLength)
        }
        func text(_ range: Range<Int>?) -> [UInt8]? {
            range.map { range in
                HeaderField(range: range, name: range.lowerBound..<range.lowerBound, value: cut(range))
                    .unfoldedValue(in: bytes)
            }
        }
        part.contentType = fallback
        if let contentType {
            let maximum = min(limits.parameters, remainingParameters)
            var reader = ContentFieldReader(cut(contentType))
            let type = reader.contentType(bytes, maximumParameters: maximum)
            part.contentType = type ?? .plainText
            remainingParameters -= type?.parameters.count ?? 0
        }
        if let disposition {
            let maximum = min(limits.parameters, remainingParameters)
            var reader = ContentFieldReader(cut(disposition))
            part.disposition = reader.disposition(bytes, maximumParameters: maximum)
            remainingParameters -= part.disposition?.parameters.count ?? 0
        }
        if let encoding {
            var reader = ContentFieldReader(cut(encoding))
            let token = reader.token(bytes)
            part.encoding = token.isEmpty ? nil : token
        }
        if let language {
            var reader = ContentFieldReader(cut(language))
            part.languages = reader.languages(bytes, maximum: limits.parameters)
        }
        part.contentID = text(contentID)
        part.description = text(description)
        part.location = text(location)
        part.md5 = text(md5)
    }
}
