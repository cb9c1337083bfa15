// SPDX-License-Identifier: Apache-2.0
internal import IMAPProtocol
internal import MailMessage
internal import MailStore
internal import POSIX

/// Writes the FETCH responses of some messages; it blocks, so it runs in an offloaded thread.
struct FetchWorker: Sendable {
    /// When so much was written the session sends it first.
    private static let outputLimit = 256 * 1024
    /// Messages from this size on are not written here, but streamed.
    static let largeFrom = 512 * 1024

    /// What became of a batch.
    struct Batch: Sendable {
        var output: [UInt8] = []
        /// How many targets are done, those that are gone among them.
        var done = 0
        /// Whether a message was gone.
        var isIncomplete = false
        /// Whether the target after those is large, and so the session's to stream.
        var stopsAtLarge = false
        var formatted: [(uid: UInt32, message: FormattedMessage)] = []
        var counts = ContentCounts()
    }

    let plan: FetchPlan
    let mailbox: Mailbox

    /// Writes the responses of the first of the targets: of all, unless the output becomes long.
    func run(_ targets: ArraySlice<FetchTarget>) throws(StoreError) -> Batch {
        var batch = Batch()
        var attributes: [MessageAttributes] = []
        if plan.wantsSize || plan.wantsDate {
            attributes = try mailbox.attributes(of: targets.map(\.message.uid), withDates: plan.wantsDate)
        }
        let indexed = try plan.parts.isEmpty ? nil : mailbox.formatted(of: targets.map(\.message.uid), plan.parts)
        var next = attributes[...]
        var nextIndexed = 0
        var writer = IMAPResponseWriter()
        writer.output.reserveCapacity((indexed?.bytes.count ?? 0) + targets.count * 128)
        for target in targets {
            while let first = next.first, first.uid < target.message.uid { next.removeFirst() }
            let found = next.first.flatMap { $0.uid == target.message.uid ? $0 : nil }
            let start = writer.output.count
            if let indexed, nextIndexed < indexed.entries.count,
                indexed.entries[nextIndexed].uid == target.message.uid
            {
                let entry = indexed.entries[nextIndexed]
                nextIndexed += 1
                let isFound = found != nil || !(plan.wantsSize || plan.wantsDate)
                if entry.has(plan.parts), !plan.wantsContent, isFound {
                    write(target, found, entry, of: indexed.bytes, &writer)
                    batch.done += 1
                    if writer.output.count >= Self.outputLimit { break }
                    continue
                }
            }
            do throws(StoreError) {
                var message: LoadedMessage?
                if plan.reads(target.known?.parts) {
                    let file = try mailbox.open(target.message.uid)
                    // The same message asked for a hundred times is large too.
                    if plan.wantsContent && file.size >= Self.largeFrom / plan.sections {
                        batch.stopsAtLarge = true
                        break
                    }
                    message = LoadedMessage(file)
                }
                if found == nil && (plan.wantsSize || plan.wantsDate) {
                    throw StoreError(.noSuchMessage, action: "fetch", subject: mailbox.name)
                }
                writer.beginFetch(target.sequenceNumber)
                if var formatted = try write(target, found, message, &writer, &batch.counts) {
                    // The header is at hand: a search will not have to read it again.
                    if indexed != nil, let message { formatted.fields = try SearchedFields.find(in: message) }
                    batch.formatted.append((target.message.uid, formatted))
                }
                writer.endFetch()
            } catch {
                guard error.reason == .noSuchMessage else { throw error }
                writer.output.removeLast(writer.output.count - start)
                batch.isIncomplete = true
            }
            batch.done += 1
            if writer.output.count >= Self.outputLimit { break }
        }
        batch.output = writer.take()
        // What the index keeps needs no place in memory.
        if indexed != nil, !batch.formatted.isEmpty {
            if mailbox.keep(batch.formatted) { batch.formatted = [] }
            for index in batch.formatted.indices { batch.formatted[index].message.fields = nil }
        }
        return batch
    }

    /// Begins the response of one message, without its end.
    func begin(_ target: FetchTarget) throws(StoreError) -> (writer: IMAPResponseWriter, formatted: FormattedMessage?) {
        let uid = target.message.uid
        let needsAttributes = plan.wantsSize || plan.wantsDate
        let attributes = needsAttributes ? try mailbox.attributes(of: [uid], withDates: plan.wantsDate).first : nil
        if needsAttributes && attributes == nil {
            throw StoreError(.noSuchMessage, action: "fetch", subject: mailbox.name)
        }
        let message = plan.reads(target.known?.parts) ? LoadedMessage(try mailbox.open(uid)) : nil
        var writer = IMAPResponseWriter()
        var counts = ContentCounts()
        writer.beginFetch(target.sequenceNumber)
        let formatted = try write(target, attributes, message, &writer, &counts)
        return (writer, formatted)
    }

    /// Writes the items of a message of which everything is known.
    private func write(
        _ target: FetchTarget,
        _ attributes: MessageAttributes?,
        _ entry: FormattedMessages.Entry,
        of bytes: [UInt8],
        _ writer: inout IMAPResponseWriter
    ) {
        writer.beginFetch(target.sequenceNumber)
        for item in plan.items {
            switch item {
            case .envelope: writer.fetchItem(formatted: bytes[entry.envelope])
            case .body: writer.fetchItem(formatted: bytes[entry.body])
            case .bodyStructure: writer.fetchItem(formatted: bytes[entry.bodyStructure])
            default: writeKnown(item, target, attributes, &writer)
            }
        }
        if target.tellsFlags && !plan.items.contains(.flags) {
            writer.fetchFlags(SystemFlags(target.message), target.keywords)
        }
        writer.endFetch()
    }

    /// Writes an item that is no part of the message.
    private func writeKnown(
        _ item: FetchItem,
        _ target: FetchTarget,
        _ attributes: MessageAttributes?,
        _ writer: inout IMAPResponseWriter
    ) {
        switch item {
        case .flags: writer.fetchFlags(SystemFlags(target.message), target.keywords)
        case .uid: writer.fetchUID(target.message.uid)
        case .rfc822Size: writer.fetchSize(UInt64(max(attributes?.virtualSize ?? 0, 0)))
        case .internalDate:
            let time = attributes?.internalDate ?? 0
            writer.fetchInternalDate(IMAPDateTime(unixTime: time, zoneMinutes: Clock.zoneMinutes(at: time)))
        default: break
        }
    }

    /// Writes the items of one message; returns what was formatted anew and can be kept.
    func write(
        _ target: FetchTarget,
        _ attributes: MessageAttributes?,
        _ message: LoadedMessage?,
        _ writer: inout IMAPResponseWriter,
        _ counts: inout ContentCounts
    ) throws(StoreError) -> FormattedMessage? {
        var formatted = target.known ?? FormattedMessage()
        let octets = formatted.octets
        for item in plan.items {
            try write(item, target, attributes, message, &formatted, &writer, &counts)
        }
        if target.tellsFlags && !plan.items.contains(.flags) {
            writer.fetchFlags(SystemFlags(target.message), target.keywords)
        }
        return formatted.octets == octets ? nil : formatted
    }

    /// Writes an item.
    func write(
        _ item: FetchItem,
        _ target: FetchTarget,
        _ attributes: MessageAttributes?,
        _ message: LoadedMessage?,
        _ formatted: inout FormattedMessage,
        _ writer: inout IMAPResponseWriter,
        _ counts: inout ContentCounts
    ) throws(StoreError) {
        switch item {
        case .flags, .uid, .rfc822Size, .internalDate: writeKnown(item, target, attributes, &writer)
        case .envelope:
            if formatted.envelope == nil { formatted.envelope = try message.map(Self.envelope) }
            writer.fetchItem(formatted: (formatted.envelope ?? [])[...])
        case .body:
            if formatted.body == nil {
                formatted.body = try message.map { message throws(StoreError) in
                    try Self.structure(of: message, isExtended: false)
                }
            }
            writer.fetchItem(formatted: (formatted.body ?? [])[...])
        case .bodyStructure:
            if formatted.bodyStructure == nil {
                formatted.bodyStructure = try message.map { message throws(StoreError) in
                    try Self.structure(of: message, isExtended: true)
                }
            }
            writer.fetchItem(formatted: (formatted.bodyStructure ?? [])[...])
        case .rfc822, .rfc822Header, .rfc822Text, .section:
            guard let message, let (section, partial) = FetchPlan.section(of: item) else { return }
            writer.contentName(item)
            guard let content = try message.content(of: section) else {
                writer.raw("NIL")
                return
            }
            let range = partial?.range(ofSize: content.size) ?? 0..<content.size
            counts.add(section, octets: range.count)
            switch content {
            case .bytes(let bytes): writer.literal(bytes[range])
            case .extent(let extent):
                let bytes = message.bytes
                writer.literal(
                    extent.wireBytes(of: bytes.span, offset: range.lowerBound, count: range.count)
                )
            }
        }
    }

    private static func envelope(_ message: LoadedMessage) throws(StoreError) -> [UInt8] {
        let end = try message.readHeader()
        var writer = IMAPResponseWriter()
        writer.raw("ENVELOPE ")
        let bytes = message.bytes
        writer.envelope(HeaderEnvelope(header: bytes.span, 0..<end))
        return writer.take()
    }

    private static func structure(of message: LoadedMessage, isExtended: Bool) throws(StoreError) -> [UInt8] {
        let structure = try message.structure()
        var writer = IMAPResponseWriter()
        writer.raw(isExtended ? "BODYSTRUCTURE " : "BODY ")
        writer.structure(structure, of: message.bytes, isExtended: isExtended)
        return writer.take()
    }
}

/// Headers and bodies that were sent, for the log.
struct ContentCounts: Sendable {
    var headers = 0
    var headerOctets = 0
    var bodies = 0
    var bodyOctets = 0

    /// Counts a section.
    mutating func add(_ section: BodySection, octets: Int) {
        switch section.text {
        case .whole, .text:
            bodies += 1
            bodyOctets += octets
        case .header, .headerFields, .headerFieldsNot, .mime:
            headers += 1
            headerOctets += octets
        }
    }
}
