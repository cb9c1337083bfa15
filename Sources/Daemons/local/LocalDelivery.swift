// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import InternalProtocols
internal import Logging
internal import LookupTables
internal import MailAddress
internal import MailEnvelope
internal import MailRouting
internal import MailStore
internal import POSIX
internal import Service
internal import SystemPackage

/// One recipient after the other: aliases first, then the user's mailbox (local(8), "DELIVERY METHOD CONTROLS").
@Loop
final class LocalDelivery {
    private let settings: LocalSettings
    private let aliases: AliasMaps
    private let writer: MailboxWriter
    private let forwarder: Forwarder
    private let log: Logger

    /// Delivery as the daemon is set up; `changesOwner` says whether it can become others.
    init(_ local: Local, forwarder: Forwarder, changesOwner: Bool, log: Logger) {
        settings = local.settings
        aliases = local.aliases
        self.forwarder = forwarder
        self.log = log
        writer = MailboxWriter(local.settings, changesOwner: changesOwner)
        for notice in local.aliases.notices { log.warning("\(notice)") }
        // A locked mailbox holds a thread for as long as deliver_lock_attempts say.
        Offload.shared.setLimit(32)
    }

    /// Delivers to one recipient of a request.
    func deliver(_ request: DeliveryRequest, _ index: Int, _ file: SharedMessage) async -> Outcome {
        let recipient = request.recipients[index]
        guard let address = EmailAddress(internalForm: recipient.address), !address.isNull else {
            return Outcome(.failed, status: "5.1.3", text: "bad address syntax: \"\(recipient.address)\"")
        }
        if let looping = await loop(request, file, recipient.address) { return looping }
        // An alias that was changed counts from the next message on.
        await aliases.tables.look()
        do throws(AliasExpansion.Failure) {
            guard let expansion = try await AliasExpander.expand(address, aliases) else {
                return await deliverToUser(address, request, recipient, file, sender: request.sender)
            }
            return await carryOut(expansion, address, request, recipient, file)
        } catch {
            return Outcome(error.isTemporary ? .deferred : .failed, status: error.status, text: error.text)
        }
    }

    /// A message that was here before, as its header says, would come here for ever.
    private func loop(
        _ request: DeliveryRequest,
        _ file: SharedMessage,
        _ address: String
    ) async -> Outcome? {
        let (offset, length) = (request.content.offset, request.content.length)
        do throws(Errno) {
            let wasHere = try await offload { () throws(Errno) in
                try TraceHeader.wasDelivered(to: address, in: file.descriptor, offset: offset, length: length)
            }
            guard wasHere else { return nil }
            return Outcome(.failed, status: "5.4.6", text: "mail forwarding loop for \(address)")
        } catch {
            return Outcome(.deferred, status: "4.3.0", text: "cannot read the message: \(error)")
        }
    }

    /// The user's own copy first: what fails there for a while must not send the others a second one.
    private func carryOut(
        _ expansion: AliasExpansion,
        _ address: EmailAddress,
        _ request: DeliveryRequest,
        _ recipient: Recipient,
        _ file: SharedMessage
    ) async -> Outcome {
        let sender = expansion.sender?.internalForm ?? request.sender
        var own: Outcome?
        if expansion.deliversToUser {
            own = await deliverToUser(address, request, recipient, file, sender: sender)
            if own?.kind == .deferred, let own { return own }
        }
        guard !expansion.addresses.isEmpty else {
            if let own { return own }
            return Outcome(.delivered, status: "2.0.0", text: "delivered to file: /dev/null")
        }
        let forwarded = await forwarder.forward(
            request,
            file,
            for: recipient.address,
            sender: sender,
            to: expansion.addresses
        )
        guard let own, forwarded.kind == .forwarded else { return forwarded }
        guard own.kind == .delivered else { return own }
        return Outcome(.delivered, status: own.status, text: "\(own.text), \(forwarded.text)")
    }

    private func deliverToUser(
        _ address: EmailAddress,
        _ request: DeliveryRequest,
        _ recipient: Recipient,
        _ file: SharedMessage,
        sender: String
    ) async -> Outcome {
        let names = aliases.names(address).map(\.name)
        let writer = self.writer
        let message = MailboxWriter.Message(
            sender: sender,
            header: TraceHeader.lines(
                sender: sender,
                recipient: recipient,
                marksDelivery: settings.marksMailboxes
            ),
            contentOffset: request.content.offset,
            contentLength: request.content.length
        )
        return await offload {
            let user: Identity
            do throws(Errno) {
                guard let found = try Self.user(names) else {
                    let name = names.last ?? ""
                    return Outcome(.failed, status: "5.1.1", text: "unknown user: \"\(name)\"")
                }
                user = found
            } catch {
                return Outcome(.deferred, status: "4.3.0", text: "user lookup failure: \(error)")
            }
            do throws(MailboxWriter.Refusal) {
                let text = try writer.deliver(message, file.descriptor, to: user)
                return Outcome(.delivered, status: "2.0.0", text: text)
            } catch {
                return Self.outcome(error)
            }
        }
    }

    /// The first of the names that is a user's.
    private nonisolated static func user(_ names: [String]) throws(Errno) -> Identity? {
        for name in names where name.utf8.count <= 256 && !name.utf8.contains(UInt8(ascii: "/")) {
            if let user = try Identity.named(name) { return user }
        }
        return nil
    }

    private nonisolated static func outcome(_ refusal: MailboxWriter.Refusal) -> Outcome {
        switch refusal {
        case .policy(let text): Outcome(.deferred, status: "4.3.5", text: text)
        case .mailbox(let failure):
            Outcome(failure.isTemporary ? .deferred : .failed, status: failure.status, text: failure.text)
        }
    }
}
