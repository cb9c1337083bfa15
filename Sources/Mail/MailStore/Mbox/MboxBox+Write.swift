// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MboxBox {
    /// Puts UIDs, flags and keywords of all messages from an index on into the file, which is locked.
    ///
    /// The journal carries it; the last UID in the first message follows in its place.
    func persist(_ mbox: borrowing LockedMbox, from index: Int) throws(StoreError) {
        guard let view, index < messages.count else { return }
        var from = index
        if from > 0, try !writeBlock(of: 0, view: view, to: mbox.file) { from = 0 }
        let pieces = messages[from...].indices.flatMap { self.pieces(of: $0, view: view, isFirst: $0 == 0) }
        try rewrite(mbox, from: messages[from].start, pieces: pieces)
        for later in from..<messages.count { messages[later].isOld = true }
    }

    func store(_ change: FlagChange, uids: [UInt32]) throws(StoreError) -> MailboxView {
        let mbox = try lock(exclusive: true)
        var view = try refresh(mbox)
        var mask: UInt32 = 0
        for keyword in change.keywords {
            if view.keywordBit(keyword) == nil, change.operation != .remove {
                guard KeywordList.isValid(keyword), view.keywords.count < KeywordList.limit else {
                    throw StoreError(.tooManyKeywords, action: "add keyword", subject: name)
                }
                view.keywords.append(keyword)
            }
            if let bit = view.keywordBit(keyword) { mask |= 1 << UInt32(bit) }
        }
        let keywordsChanged = view.keywords != self.view?.keywords
        var changed: [Int] = []
        for uid in uids {
            guard let index = view.index(ofUID: uid) else { continue }
            var message = view.messages[index]
            message.flags = change.apply(to: message.flags)
            message.keywords = change.apply(to: message.keywords, mask: mask)
            if message != view.messages[index] { changed.append(index) }
            view.messages[index] = message
        }
        self.view = view
        if keywordsChanged, !messages.isEmpty, !changed.contains(0) { changed.append(0) }
        // In place where there is room; from the first message without room on, all is written anew.
        var without: Int?
        for index in changed.sorted() where try !writeBlock(of: index, view: view, to: mbox.file) {
            without = index
            break
        }
        if let without {
            try persist(mbox, from: without)
        } else if !changed.isEmpty {
            try flush(mbox)
        }
        return try refresh(mbox)
    }

    func expunge(_ uids: [UInt32]) throws(StoreError) -> MailboxView {
        let mbox = try lock(exclusive: true)
        let view = try refresh(mbox)
        let gone = Set(uids.compactMap { view.index(ofUID: $0) })
        guard let first = gone.min() else { return view }
        let last = view.uidNext - 1
        if gone.count == messages.count { state.write(uidValidity: view.uidValidity, lastUID: last) }
        let kept = messages.indices.filter { $0 >= first && !gone.contains($0) }
        let pieces = kept.enumerated().flatMap { offset, index in
            self.pieces(of: index, view: view, isFirst: first == 0 && offset == 0)
        }
        try rewrite(mbox, from: messages[first].start, pieces: pieces)
        self.view?.messages = view.messages.enumerated().filter { !gone.contains($0.offset) }.map(\.element)
        return try refresh(mbox)
    }

    func beginAppend() throws(StoreError) -> MessageSpool {
        MessageSpool()
    }

    func commit(_ new: [NewMessage]) throws(StoreError) -> AppendResult {
        let mbox = try lock(exclusive: true)
        var view = try refresh(mbox, persisting: true)
        guard !new.isEmpty else { return AppendResult(uidValidity: view.uidValidity, uids: []) }
        let first = view.uidNext
        view.uidNext += UInt32(new.count)
        var known: [[String]] = []
        for message in new {
            let keywords = message.keywords.filter(KeywordList.isValid)
            for keyword in keywords where view.keywordBit(keyword) == nil && view.keywords.count < KeywordList.limit {
                view.keywords.append(keyword)
            }
            known.append(keywords.filter { view.keywordBit($0) != nil })
        }
        self.view?.keywords = view.keywords
        self.view?.uidNext = view.uidNext
        // The last UID first: a message above it would not be believed.
        if !messages.isEmpty, try !writeBlock(of: 0, view: view, to: mbox.file) { try persist(mbox, from: 0) }
        var text: [UInt8] = []
        var uids: [UInt32] = []
        for (index, message) in new.enumerated() {
            let block = MboxStatusBlock(
                uid: first + UInt32(index),
                flags: message.flags,
                isOld: false,
                keywords: known[index],
                base: messages.isEmpty && index == 0
                    ? MboxParser.Base(
                        uidValidity: view.uidValidity,
                        lastUID: view.uidNext - 1,
                        keywords: view.keywords
                    ) : nil
            )
            text += try self.text(of: message, block: block)
            uids.append(block.uid)
        }
        try append(text, to: mbox)
        try refresh(mbox, persisting: true)
        return AppendResult(uidValidity: view.uidValidity, uids: uids)
    }

    func linkSources(_ uids: [UInt32]) throws(StoreError) -> LinkSources? {
        nil
    }

    func link(_ sources: LinkSources) throws(StoreError) -> AppendResult? {
        nil
    }

    private func append(_ text: [UInt8], to mbox: borrowing LockedMbox) throws(StoreError) {
        do throws(Errno) {
            let size = try mbox.file.status().size
            do throws(Errno) {
                try mbox.file.write(try mboxSeparator(of: mbox.file, size: size) + text, at: size)
                try mbox.file.synchronize()
            } catch {
                try? mbox.file.truncate(to: size)
                throw error
            }
        } catch {
            throw StoreError(.system(error), action: "append message", subject: name)
        }
    }

    /// A message as it stands in an mbox, from its `From ` line to the empty line after it.
    private func text(of message: NewMessage, block: MboxStatusBlock) throws(StoreError) -> [UInt8] {
        _ = try storing("write message", name) { () throws(Errno) in try message.spool.finish() }
        let time = message.internalDate ?? Clock.wall / 1_000_000_000
        let newline = UInt8(ascii: "\n")
        var text = mboxFromLine(sender: "", time: time, zoneMinutes: Clock.zoneMinutes(at: time))
        var parser = MboxParser()
        parser.feed(text + message.spool.bytes)
        parser.finish()
        var quoting = MboxQuoting()
        var body: [UInt8] = []
        // Fields of ours that came with the message would be taken for ours: they go.
        let whole = text + message.spool.bytes
        let first = parser.messages.first
        var header: [UInt8] = []
        var position = text.count
        let bodyStart = first.map { $0.body } ?? whole.count
        for range in first?.hidden ?? [] where range.lowerBound >= position {
            header += whole[position..<range.lowerBound]
            position = range.upperBound
        }
        header += whole[position..<max(position, bodyStart)]
        let hasEmptyLine = header == [newline] || header.suffix(2) == [newline, newline]
        if hasEmptyLine { header.removeLast() }
        if let end = header.last, end != newline { header.append(newline) }
        quoting.quote(Array(whole[bodyStart...]), into: &body)
        quoting.finish(into: &body)
        if let end = body.last, end != newline { body.append(newline) }
        text += header + block.encodedWithRoom() + [newline] + body + [newline]
        return text
    }

    /// The pieces of a message with its status block written anew.
    private func pieces(of index: Int, view: MailboxView, isFirst: Bool) -> [MboxPiece] {
        let message = messages[index]
        var pieces: [MboxPiece] = []
        var position = message.start
        for range in message.hidden {
            pieces.append(.old(position..<range.lowerBound))
            position = range.upperBound
        }
        let newline = MboxPiece.new([UInt8(ascii: "\n")])
        // The block goes to the end of the header, before the empty line.
        let headerEnd = message.body - message.emptyLine
        pieces.append(.old(position..<headerEnd))
        if message.isCutOff, message.emptyLine == 0 { pieces.append(newline) }
        pieces.append(.new(block(of: index, view: view, isFirst: isFirst).encodedWithRoom()))
        if message.emptyLine == 0 { pieces.append(newline) }
        pieces.append(.old(headerEnd..<message.end))
        if message.isCutOff, message.emptyLine > 0 { pieces.append(newline) }
        pieces.append(newline)
        return pieces.filter { piece in
            if case .old(let range) = piece { return !range.isEmpty }
            return true
        }
    }

    private func block(of index: Int, view: MailboxView, isFirst: Bool) -> MboxStatusBlock {
        let message = view.messages[index]
        return MboxStatusBlock(
            uid: message.uid,
            flags: message.flags,
            isOld: true,
            keywords: view.keywordNames(of: message),
            base: isFirst
                ? MboxParser.Base(uidValidity: view.uidValidity, lastUID: view.uidNext - 1, keywords: view.keywords)
                : nil
        )
    }

    /// Writes a message's status over the one that is there; false where it does not fit.
    private func writeBlock(
        of index: Int,
        view: MailboxView,
        to file: borrowing Descriptor
    ) throws(StoreError) -> Bool {
        let message = messages[index]
        guard message.hidden.count == 1, let range = message.hidden.first,
            let bytes = block(of: index, view: view, isFirst: index == 0).encoded(length: range.count)
        else { return false }
        let number = file.number
        try storing("write status", name) { () throws(Errno) in
            try writeBorrowed(number, bytes, at: range.lowerBound)
        }
        return true
    }

    private func rewrite(
        _ mbox: borrowing LockedMbox,
        from offset: Int,
        pieces: [MboxPiece]
    ) throws(StoreError) {
        do throws(Errno) {
            try journal.rewrite(mbox.file, from: offset, pieces: pieces)
        } catch {
            throw StoreError(.system(error), action: "rewrite mailbox", subject: name)
        }
    }

    private func flush(_ mbox: borrowing LockedMbox) throws(StoreError) {
        do throws(Errno) {
            try mbox.file.synchronize()
        } catch {
            throw StoreError(.system(error), action: "flush mailbox", subject: name)
        }
    }
}

/// pwrite(2) to a descriptor that the caller keeps open.
func writeBorrowed(_ number: Int32, _ bytes: [UInt8], at offset: Int) throws(Errno) {
    let file = Descriptor(owning: number)
    do throws(Errno) {
        try file.write(bytes, at: offset)
        _ = file.release()
    } catch {
        _ = file.release()
        throw error
    }
}
