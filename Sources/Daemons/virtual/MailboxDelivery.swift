// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import LookupTables
internal import MailAddress
internal import MailConfiguration
internal import MailEnvelope
internal import MailStore
internal import POSIX
internal import Service
internal import SystemPackage

/// One delivery to one mailbox.
@Loop
final class MailboxDelivery {
    private let mailboxes: VirtualMailboxes
    private let arrangement: MailboxOwners.Arrangement
    private let maildirs: MaildirDelivery
    private let mboxes: MboxDelivery
    private let flushes = SharedFlush()

    init(_ mailboxes: VirtualMailboxes, _ arrangement: MailboxOwners.Arrangement, _ main: MainConfiguration) {
        self.mailboxes = mailboxes
        self.arrangement = arrangement
        let limit = main[VirtualDeliveryParameters.mailboxLimit]
        maildirs = MaildirDelivery(sizeLimit: limit == 0 ? nil : limit)
        let methods = main[VirtualDeliveryParameters.mailboxLock].compactMap { MboxLocking.Method(rawValue: $0) }
        mboxes = MboxDelivery(locking: MboxLocking(methods: methods), sizeLimit: limit == 0 ? nil : limit)
        Offload.shared.setLimit(32)
    }

    func deliver(_ request: DeliveryRequest, _ index: Int, _ file: SharedMessage) async -> Outcome {
        let recipient = request.recipients[index]
        let found: VirtualMailboxes.Mailbox?
        let owner: MailboxOwners.Owner?
        do throws(LookupError) {
            found = try await mailboxes.find(recipient.address)
            switch arrangement {
            case .always(let one): owner = one
            case .perRecipient:
                let keys = EmailAddress(internalForm: recipient.address).map(mailboxes.keys) ?? []
                owner = try await mailboxes.owners.owner(keys)
            }
        } catch {
            return Outcome(.deferred, status: "4.3.5", text: "mailbox lookup failure: \(error)")
        }
        guard let found else {
            return Outcome(.failed, status: "5.1.1", text: "unknown user: \"\(recipient.address)\"")
        }
        guard let owner else {
            return Outcome(
                .deferred,
                status: "4.3.5",
                text: "no usable owner in virtual_uid_maps or virtual_gid_maps"
            )
        }
        let header = Self.header(request, recipient)
        return await put(request, header, file, found, owner)
    }

    private func put(
        _ request: DeliveryRequest,
        _ header: [UInt8],
        _ file: SharedMessage,
        _ mailbox: VirtualMailboxes.Mailbox,
        _ owner: MailboxOwners.Owner
    ) async -> Outcome {
        do throws(DeliveryFailure) {
            switch mailbox {
            case .maildir(let path):
                try await putIntoMaildir(path, request, header, file, owner)
                return Outcome(.delivered, status: "2.0.0", text: "delivered to maildir")
            case .mbox(let path):
                try await putIntoMbox(path, request, header, file, owner)
                return Outcome(.delivered, status: "2.0.0", text: "delivered to mailbox")
            }
        } catch {
            return Outcome(error.isTemporary ? .deferred : .failed, status: error.status, text: error.text)
        }
    }

    private func putIntoMaildir(
        _ path: String,
        _ request: DeliveryRequest,
        _ header: [UInt8],
        _ file: SharedMessage,
        _ owner: MailboxOwners.Owner
    ) async throws(DeliveryFailure) {
        let (maildirs, become) = (self.maildirs, becoming(owner))
        let place = { @Sendable () throws(DeliveryFailure) in
            try become()
            let placed = try maildirs.place(
                file.descriptor,
                offset: request.content.offset,
                length: request.content.length,
                header: header,
                to: path,
                owner: owner.uid
            )
            if !placed.sharesFlushes { try placed.flush() }
            return placed
        }
        // What takes some microseconds in the page cache is not worth the way over another thread.
        let isQuick =
            arrangement != .perRecipient
            && maildirs.isQuick(length: request.content.length, to: path, owner: owner.uid)
        let placed = isQuick ? try place() : try await offload(place)
        guard placed.sharesFlushes else { return }
        try await flushes.carryOut { () throws(DeliveryFailure) in
            try become()
            try placed.flush()
        }
    }

    private func putIntoMbox(
        _ path: String,
        _ request: DeliveryRequest,
        _ header: [UInt8],
        _ file: SharedMessage,
        _ owner: MailboxOwners.Owner
    ) async throws(DeliveryFailure) {
        let (mboxes, become) = (self.mboxes, becoming(owner))
        try await offload { () throws(DeliveryFailure) in
            try become()
            try mboxes.deliver(
                file.descriptor,
                offset: request.content.offset,
                length: request.content.length,
                header: header,
                to: path,
                envelope: MboxDelivery.Envelope(
                    sender: request.sender,
                    time: Clock.wall / 1_000_000_000,
                    owner: owner.uid
                )
            )
        }
    }

    /// What gives a thread the owner's file-system ids, where the process has not become the owner.
    private func becoming(_ owner: MailboxOwners.Owner) -> @Sendable () throws(DeliveryFailure) -> Void {
        guard arrangement == .perRecipient else { return { () throws(DeliveryFailure) in } }
        return { () throws(DeliveryFailure) in
            do throws(Errno) {
                try Privileges.setFileSystemIdentity(uid: owner.uid, gid: owner.gid)
            } catch {
                throw DeliveryFailure(.system(error), action: "become uid \(owner.uid)", path: "")
            }
        }
    }

    /// The lines that a final delivery puts in front (RFC 5321 section 4.4, and Postfix' two).
    private static func header(_ request: DeliveryRequest, _ recipient: Recipient) -> [UInt8] {
        let sender = EmailAddress(internalForm: request.sender)?.path ?? "<>"
        let original = recipient.original.isEmpty ? recipient.address : recipient.original
        return Array("Return-Path: \(sender)\nX-Original-To: \(original)\nDelivered-To: \(recipient.address)\n".utf8)
    }
}
