// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import MailAddress
internal import MailEnvelope
internal import MailQueue
internal import MailRouting
internal import MailStatus

extension Queue {
    /// Recipients whose routes are looked up before others have their turn.
    private static let routesAtOnce = 200

    /// Finds the routes of a message's recipients; what else happens goes on meanwhile.
    func resolve(_ mail: QueuedMail, _ recipients: [Int]) async {
        var routes: [RoutedRecipient] = []
        for index in recipients {
            let address = mail[recipient: index]?.address ?? ""
            routes.append(RoutedRecipient(index: index, route: await route(address)))
            guard routes.count == Self.routesAtOnce else { continue }
            give(.resolved(mail.id, routes))
            routes = []
            await Loop.yield()
        }
        if !routes.isEmpty { give(.resolved(mail.id, routes)) }
    }

    private func route(_ address: String) async -> Route {
        guard let parsed = EmailAddress(internalForm: address) else {
            return .decided(Outcome(.failed, status: "5.1.3", text: "bad address syntax"))
        }
        do {
            switch try await resolver.resolve(parsed).action {
            case .deliver(let transport, let nextHop): return .deliver(transport: transport, nextHop: nextHop)
            case .reject(let text): return .decided(Self.outcome(.failed, text, otherwise: "5.0.0"))
            case .retry(let text): return .decided(Self.outcome(.deferred, text, otherwise: "4.0.0"))
            case .discard(let text): return .decided(Outcome(.delivered, status: "2.0.0", text: text))
            }
        } catch {
            return .decided(Outcome(.deferred, status: "4.3.0", text: "\(error)"))
        }
    }

    private static func outcome(_ kind: Outcome.Kind, _ text: String, otherwise status: String) -> Outcome {
        Outcome(kind, status: EnhancedStatus(beginning: text)?.description ?? status, text: text)
    }
}
