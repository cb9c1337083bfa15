// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailMessage
internal import MailStore
internal import POSIX

/// A search as it is carried out: sets are resolved, texts prepared.
///
/// The nesting is bounded by the engine, so walking it is safe.
indirect enum SearchNode: Sendable {
    case constant(Bool)
    case and([SearchNode])
    case or([SearchNode])
    case not(SearchNode)
    case flag(SystemFlags, isSet: Bool)
    /// The bit of a keyword.
    case keyword(UInt32, isSet: Bool)
    case sequence(NumberSet)
    case uid(NumberSet)
    case larger(UInt64)
    case smaller(UInt64)
    case internalDate(SearchKey.Comparison, IMAPDate)
    case sentDate(SearchKey.Comparison, IMAPDate)
    /// A field's name, and whether the index keeps such fields.
    case header(String, isKept: Bool, SearchText)
    case body(SearchText)
    case text(SearchText)

    /// Prepares a key for a mailbox as the client knows it.
    init(_ key: SearchKey, _ view: MailboxView) {
        switch key {
        case .all: self = .constant(true)
        case .and(let keys): self = .and(keys.map { SearchNode($0, view) })
        case .or(let keys): self = .or(keys.map { SearchNode($0, view) })
        case .not(let key): self = .not(SearchNode(key, view))
        case .flag(let flag, let isSet): self = .flag(flag, isSet: isSet)
        case .keyword(let keyword, let isSet):
            self =
                view.keywordBit(keyword.name).map { .keyword(1 << UInt32(truncatingIfNeeded: $0), isSet: isSet) }
                ?? .constant(!isSet)
        case .sequence(let set):
            self = .sequence(set.resolved(largest: UInt32(clamping: view.messages.count)))
        case .uid(let set): self = .uid(set.resolved(largest: view.messages.last?.uid ?? 0))
        case .larger(let size): self = .larger(size)
        case .smaller(let size): self = .smaller(size)
        case .internalDate(let comparison, let date): self = .internalDate(comparison, date)
        case .sentDate(let comparison, let date): self = .sentDate(comparison, date)
        case .header(let field, let value):
            let name = String(decoding: field, as: UTF8.self)
            self = .header(name, isKept: SearchedFields.include(name), SearchText(value))
        case .body(let value): self = .body(SearchText(value))
        case .text(let value): self = .text(SearchText(value))
        }
    }
}

/// What is known of a message while it is searched: more is read only when the cheaper does not decide.
struct SearchSubject {
    let sequenceNumber: UInt32
    let message: MailboxView.Message
    var attributes: MessageAttributes?
    var fields: SearchedFields?
    var content: LoadedMessage?
}

extension SearchNode {
    /// Whether the message is found; nil when what is known does not tell.
    func isFound(_ subject: SearchSubject) throws(StoreError) -> Bool? {
        switch self {
        case .constant(let value): return value
        case .and(let nodes):
            var isKnown = true
            for node in nodes {
                switch try node.isFound(subject) {
                case false?: return false
                case true?: continue
                case nil: isKnown = false
                }
            }
            return isKnown ? true : nil
        case .or(let nodes):
            var isKnown = true
            for node in nodes {
                switch try node.isFound(subject) {
                case true?: return true
                case false?: continue
                case nil: isKnown = false
                }
            }
            return isKnown ? false : nil
        case .not(let node): return try node.isFound(subject).map { !$0 }
        case .flag(let flags, let isSet): return SystemFlags(subject.message).isSuperset(of: flags) == isSet
        case .keyword(let bit, let isSet): return (subject.message.keywords & bit != 0) == isSet
        case .sequence(let set): return set.contains(subject.sequenceNumber)
        case .uid(let set): return set.contains(subject.message.uid)
        case .larger(let size): return subject.attributes.map { UInt64(max($0.virtualSize, 0)) > size }
        case .smaller(let size): return subject.attributes.map { UInt64(max($0.virtualSize, 0)) < size }
        case .internalDate(let comparison, let date):
            return subject.attributes.map { attributes in
                let time = attributes.internalDate
                let zone = Clock.zoneMinutes(at: time)
                return comparison.holds(IMAPDateTime(unixTime: time, zoneMinutes: zone).date.daysSinceEpoch, date)
            }
        case .sentDate, .header:
            if let fields = subject.fields, isKept { return isFound(inHeader: fields.range, of: fields.bytes) }
            guard let content = subject.content else { return nil }
            let end = try content.readHeader()
            return isFound(inHeader: 0..<end, of: content.bytes)
        case .body, .text:
            guard let content = subject.content else { return nil }
            return try isFound(in: content)
        }
    }

    private func isFound(inHeader header: Range<Int>, of bytes: [UInt8]) -> Bool {
        switch self {
        case .sentDate(let comparison, let date):
            guard let field = HeaderScanner.first("Date", in: bytes.span, header),
                let sent = MailDate(rfc5322: bytes.span.extracting(field.value))
            else { return false }
            return comparison.holds(sent.day, date)
        case .header(let name, _, let text):
            return text.isFound(inField: name, of: bytes.span, header: header)
        default: return false
        }
    }

    private func isFound(in content: LoadedMessage) throws(StoreError) -> Bool {
        switch self {
        case .body(let text):
            let structure = try content.structure()
            let bytes = content.bytes
            return text.isFound(inBodyOf: bytes.span, structure: structure)
        case .text(let text):
            let end = try content.readHeader()
            let head = content.bytes
            if text.isFound(inHeader: 0..<end, of: head.span) { return true }
            let structure = try content.structure()
            let bytes = content.bytes
            return text.isFound(inBodyOf: bytes.span, structure: structure)
        default: return false
        }
    }
}

extension SearchKey.Comparison {
    /// Compares days since 1970, as RFC 3501 wants it: without time and zone.
    func holds(_ day: Int, _ date: IMAPDate) -> Bool {
        switch self {
        case .before: day < date.daysSinceEpoch
        case .on: day == date.daysSinceEpoch
        case .since: day >= date.daysSinceEpoch
        }
    }
}
