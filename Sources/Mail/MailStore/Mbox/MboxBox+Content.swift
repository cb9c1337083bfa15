// SPDX-License-Identifier: Apache-2.0
internal import POSIX
internal import SystemPackage

extension MboxBox {
    func open(_ uid: UInt32) throws(StoreError) -> MessageFile {
        let mbox = try lock(exclusive: false)
        // Others may have moved it within the file since it was read.
        let view = try currentView(mbox)
        guard let index = view.index(ofUID: uid) else {
            throw StoreError(.noSuchMessage, action: "open message", subject: name)
        }
        let message = messages[index]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(message.seenSize)
        var position = message.header
        for range in message.hidden + [message.end..<message.end] {
            let count = range.lowerBound - position
            let part = try storing("read message", name) { () throws(Errno) in
                count > 0 ? try mbox.file.read(at: position, count: count) : []
            }
            guard part.count == max(0, count) else {
                throw StoreError(.system(.ioError), action: "read message", subject: name)
            }
            bytes += part
            position = range.upperBound
        }
        bytes += [UInt8](repeating: UInt8(ascii: "\n"), count: message.missingLineEnds)
        return MessageFile(bytes: bytes)
    }

    func attributes(_ uids: [UInt32], withDates: Bool) throws(StoreError) -> [MessageAttributes] {
        let view: MailboxView
        if let known = self.view { view = known } else { view = try synchronise() }
        return uids.compactMap { uid in
            guard let index = view.index(ofUID: uid) else { return nil }
            let message = messages[index]
            return MessageAttributes(
                uid: uid,
                size: message.seenSize,
                virtualSize: message.virtualSize,
                internalDate: withDates ? message.date : 0
            )
        }
    }

    /// The view of the file under the lock, read again only where it changed.
    private func currentView(_ mbox: borrowing LockedMbox) throws(StoreError) -> MailboxView {
        if let view, isAsRead(mbox) { return view }
        return try refresh(mbox, persisting: false)
    }
}
