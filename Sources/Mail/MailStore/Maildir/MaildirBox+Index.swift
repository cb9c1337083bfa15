// SPDX-License-Identifier: Apache-2.0
internal import ByteSpans
internal import LMDB

/// What a Maildir has in the user's index.
extension MaildirBox {
    func formatted(_ uids: [UInt32], _ parts: FormattedMessage.Parts) throws(StoreError) -> FormattedMessages? {
        if view == nil { _ = try rescan() }
        var found = FormattedMessages()
        found.entries.reserveCapacity(uids.count)
        found.bytes.reserveCapacity(uids.count * 1024)
        let isRead = look(up: uids) { uid, value, layout in
            found.entries.append(
                FormattedMessages.Entry(
                    uid: uid,
                    envelope: Self.copy(parts.contains(.envelope) ? layout.envelope : nil, of: value, to: &found.bytes),
                    body: Self.copy(parts.contains(.body) ? layout.body : nil, of: value, to: &found.bytes),
                    bodyStructure: Self.copy(
                        parts.contains(.bodyStructure) ? layout.bodyStructure : nil,
                        of: value,
                        to: &found.bytes
                    ),
                    fields: Self.copy(parts.contains(.fields) ? layout.fields : nil, of: value, to: &found.bytes)
                )
            )
        }
        return isRead ? found : nil
    }

    func keep(_ messages: [(uid: UInt32, message: FormattedMessage)]) -> Bool {
        update(messages.map(\.uid)) { position in
            var record = IndexRecord()
            record.formatted = messages[position].message
            return record
        }
    }

    /// Takes sizes out of the index that no name tells.
    func learnSizes(of uids: [UInt32]) {
        guard let view else { return }
        var wanted: [UInt32] = []
        for uid in uids where sizes[uid] == nil {
            guard let index = view.index(ofUID: uid), namedSize(files.entries[index]) == nil else { continue }
            wanted.append(uid)
        }
        guard !wanted.isEmpty else { return }
        sizes.reserveCapacity(sizes.count + wanted.count)
        _ = look(up: wanted) { uid, _, layout in
            if let size = layout.size { sizes[uid] = size }
        }
    }

    /// Puts sizes into the index that were measured.
    func keepSizes(of uids: [UInt32]) {
        guard !uids.isEmpty else { return }
        _ = update(uids) { position in
            var record = IndexRecord()
            record.size = sizes[uids[position]]
            return record
        }
    }

    /// Removes messages from the index that are gone for good.
    func forget(_ uids: Set<UInt32>) {
        guard let keys, !uids.isEmpty else { return }
        _ = index.write { transaction throws(LMDBFile.Failure) in
            for uid in uids.sorted() { try transaction.remove(keys.key(of: uid)) }
        }
    }

    /// Hands out the records of messages that are about the very files that this session knows.
    private func look(
        up uids: [UInt32],
        _ body: (_ uid: UInt32, _ value: borrowing Span<UInt8>, _ layout: IndexRecord.Layout) -> Void
    ) -> Bool {
        guard let view, let keys else { return false }
        var key = keys.key(of: 0)
        return index.read { transaction throws(LMDBFile.Failure) in
            for uid in uids {
                guard let position = view.index(ofUID: uid) else { continue }
                keys.change(&key, to: uid)
                let file = identity(of: files.entries[position])
                try transaction.withValue(of: key) { value in
                    if let layout = IndexRecord.Layout(value, key: key, file) { body(uid, value, layout) }
                }
            }
        }
    }

    /// Adds to the records of messages what is new of them, by their positions in `uids`.
    private func update(_ uids: [UInt32], _ news: (_ position: Int) -> IndexRecord) -> Bool {
        guard let view, let keys else { return false }
        return index.write { transaction throws(LMDBFile.Failure) in
            for (position, uid) in uids.enumerated() {
                guard let place = view.index(ofUID: uid) else { continue }
                let key = keys.key(of: uid)
                let file = identity(of: files.entries[place])
                var record = news(position)
                var old: IndexRecord?
                try transaction.withValue(of: key) { old = IndexRecord($0, key: key, file) }
                if let old { record.merge(old) }
                if record != old, let value = record.encoded(key: key, file) { try transaction.put(key, value) }
            }
        }
    }

    private func identity(of entry: MaildirEntry) -> IndexRecord.Guard {
        IndexRecord.Guard(inode: entry.inode, base: files.base(entry))
    }

    private var keys: IndexKeys? {
        view.flatMap { IndexKeys(uidValidity: $0.uidValidity, guid: guid) }
    }

    private static func copy(
        _ range: Range<Int>?,
        of value: borrowing Span<UInt8>,
        to bytes: inout [UInt8]
    ) -> Range<Int> {
        let start = bytes.count
        if let range { bytes.append(value, range) }
        return start..<bytes.count
    }
}
