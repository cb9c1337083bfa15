// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import IMAPProtocol
internal import MailMessage
internal import MailStore

/// FETCH of large messages: octets go out as the client takes them.
extension IMAPSession {
    /// How long a large message stays open for the next piece.
    private static let keeping: Int64 = .seconds(5)

    /// Writes and sends the response of one message; false when it is gone.
    func stream(_ target: FetchTarget, _ worker: FetchWorker, of selected: SelectedMailbox) async throws -> Bool {
        let mailbox = selected.mailbox
        let uid = target.message.uid
        let plan = worker.plan
        if selected.lastRead?.message.uid != uid {
            do {
                selected.lastRead = try await offload { () throws(StoreError) in
                    let message = LargeMessage(uid, try mailbox.open(uid))
                    return LastRead(message: message, wireSize: try message.wireSize())
                }
            } catch {
                guard error.reason == .noSuchMessage else { throw error }
                return false
            }
        }
        // What is told of the message comes first: once a literal has begun nothing can be taken back.
        let told = FetchWorker(
            plan: FetchPlan(plan.items.filter { FetchPlan.section(of: $0) == nil }),
            mailbox: mailbox
        )
        do {
            let (written, formatted) = try await offload { () throws(StoreError) in try told.begin(target) }
            flush()
            writer = written
            if let formatted {
                service.hub.keep([(uid, formatted)], in: selected.shared, validity: selected.view.uidValidity)
            }
        } catch {
            guard error.reason == .noSuchMessage else { throw error }
            return false
        }
        counts.isStreaming = true
        for item in plan.items {
            guard let (section, partial) = FetchPlan.section(of: item) else { continue }
            writer.contentName(item)
            if section == BodySection() {
                try await streamWhole(partial, of: selected)
            } else {
                try await stream(section, partial, of: selected)
            }
        }
        writer.endFetch()
        counts.isStreaming = false
        forgetLater(selected)
        return true
    }

    private func streamWhole(_ partial: PartialRange?, of selected: SelectedMailbox) async throws {
        guard let last = selected.lastRead else { return }
        let message = last.message
        let range = partial?.range(ofSize: last.wireSize) ?? 0..<last.wireSize
        beginLiteral(range.count, BodySection())
        var position = last.position.wireOffset <= range.lowerBound ? last.position : LargeMessage.Position()
        while position.wireOffset < range.upperBound {
            let here = position
            let (bytes, next) = try await offload { () throws(StoreError) in try message.read(at: here) }
            // A file that has become shorter: the promised size cannot be kept, so the client must not go on.
            guard !bytes.isEmpty else { throw ConnectionError.unexpectedEnd }
            let low = max(range.lowerBound - here.wireOffset, 0)
            let high = min(range.upperBound - here.wireOffset, bytes.count)
            if low < high { try await sendPiece(bytes[low..<high]) }
            if next.wireOffset <= range.upperBound { selected.lastRead?.position = next }
            position = next
        }
    }

    private func stream(_ section: BodySection, _ partial: PartialRange?, of selected: SelectedMailbox) async throws {
        guard let last = selected.lastRead else { return }
        let message = last.message
        let known = last.structure
        let found = try await offload { () throws(StoreError) in try message.content(of: section, in: known) }
        selected.lastRead?.structure = found.structure
        guard let content = found.content else {
            writer.raw("NIL")
            return
        }
        let range = partial?.range(ofSize: content.size) ?? 0..<content.size
        beginLiteral(range.count, section)
        switch content {
        case .bytes(let bytes): try await sendPiece(bytes[range])
        case .extent(let extent):
            var reader = WireReader(extent)
            if let kept = selected.lastRead?.section, kept.name == section, kept.reader.wireOffset <= range.lowerBound {
                reader = kept.reader
            }
            while reader.wireOffset < range.upperBound {
                let here = reader
                let (bytes, next) = try await offload { () throws(StoreError) in
                    try message.read(here, from: range.lowerBound, to: range.upperBound)
                }
                guard !bytes.isEmpty else { throw ConnectionError.unexpectedEnd }
                try await sendPiece(bytes[...])
                reader = next
            }
            selected.lastRead?.section = (section, reader)
        }
    }

    private func beginLiteral(_ size: Int, _ section: BodySection) {
        var content = ContentCounts()
        content.add(section, octets: size)
        counts.add(content)
        writer.literalHead(size: size)
        flush()
    }

    private func sendPiece(_ bytes: ArraySlice<UInt8>) async throws(ConnectionError) {
        counts.output += bytes.count
        connection.post(bytes)
        try await connection.drained()
        touch()
    }

    /// Lets the message go when no further piece is asked for.
    private func forgetLater(_ selected: SelectedMailbox) {
        selected.forgetting?.cancel()
        selected.forgetting = Loop.after(Self.keeping) { [weak selected] in selected?.lastRead = nil }
    }
}
