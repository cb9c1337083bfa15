// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailStore
internal import POP3Protocol

/// INBOX as it was when the session began.
@Loop
struct Maildrop {
    /// Longer messages are read in pieces, by threads.
    private static let cachedLimit = 64 * 1024

    let mailbox: Mailbox
    /// The UIDs, in the order of the message numbers.
    let uids: [UInt32]
    let messages: [POP3Message]

    /// Opens INBOX, and makes it where it is not there yet.
    static func open(_ storage: MailStorage) async throws(StoreError) -> Maildrop {
        let (mailbox, validity, found) = try await offload { () throws(StoreError) in
            let mailbox = try storage.open("INBOX")
            let view = try mailbox.synchronise()
            let attributes = try mailbox.attributes(of: view.messages.map(\.uid), withDates: false)
            return (mailbox, view.uidValidity, attributes)
        }
        return Maildrop(
            mailbox: mailbox,
            uids: found.map(\.uid),
            messages: found.map { POP3Message(size: $0.virtualSize, uniqueID: uniqueID($0.uid, validity)) }
        )
    }

    /// The unique id: `%08Xu%08Xv`, Dovecot's default for `pop3_uidl_format`, so that clients fetch nothing twice.
    nonisolated static func uniqueID(_ uid: UInt32, _ validity: UInt32) -> String {
        let number = UInt64(uid) << 32 | UInt64(validity)
        return unsafe String(unsafeUninitializedCapacity: 16) { digits in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> UInt64(60 - 4 * index)) & 15
                unsafe digits.initializeElement(at: index, to: digit < 10 ? 48 + digit : 87 + digit)
            }
            return 16
        }
    }

    /// A short message that needs no disk; nil for any other.
    func cachedMessage(_ index: Int) -> [UInt8]? {
        uids.indices.contains(index) ? mailbox.cachedContents(of: uids[index], limit: Self.cachedLimit) : nil
    }

    /// Opens a message; nil when it is gone.
    func message(_ index: Int) async throws(StoreError) -> RetrievedMessage? {
        guard uids.indices.contains(index) else { return nil }
        let uid = uids[index]
        let mailbox = mailbox
        do throws(StoreError) {
            return try await offload { () throws(StoreError) in RetrievedMessage(try mailbox.open(uid)) }
        } catch {
            guard error.reason == .noSuchMessage else { throw error }
            return nil
        }
    }

    /// Removes messages for good.
    func delete(_ indices: [Int]) async throws(StoreError) {
        let uids = uids(at: indices)
        guard !uids.isEmpty else { return }
        let mailbox = mailbox
        _ = try await offload { () throws(StoreError) in try mailbox.expunge(uids) }
    }

    /// Marks messages as \Seen.
    func markSeen(_ indices: [Int]) async throws(StoreError) {
        let uids = uids(at: indices)
        guard !uids.isEmpty else { return }
        let mailbox = mailbox
        _ = try await offload { () throws(StoreError) in
            try mailbox.store(FlagChange(.add, flags: .seen), uids: uids)
        }
    }

    private func uids(at indices: [Int]) -> [UInt32] {
        indices.filter { uids.indices.contains($0) }.map { uids[$0] }
    }
}

/// An open message that is read in pieces, by offloaded threads.
final class RetrievedMessage: Sendable {
    private static let chunk = 64 * 1024

    private let file: MessageFile

    init(_ file: consuming MessageFile) {
        self.file = file
    }

    /// How many octets are stored.
    var size: Int { file.size }

    /// The octets from an offset on, as they are stored; none at the end.
    func read(at offset: Int) throws(StoreError) -> [UInt8] {
        try file.read(at: offset, count: Self.chunk)
    }
}
