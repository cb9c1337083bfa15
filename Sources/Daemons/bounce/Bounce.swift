// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import MailConfiguration
internal import POSIX
internal import Service

/// bounce(8): tells senders what became of their mail, with a report of RFC 3464 that goes through cleanup like all mail.
///
/// Its own user and no file at all: it gets the message's descriptor from qmgr.
@main
struct Bounce: Daemon {
    static let name = "bounce"
    static let rights = Rights(
        user: .mailOwner,
        reads: [.configuration],
        sockets: [.unix],
        callers: ["*": [.mailOwner]]
    )

    let hostName: String
    let sizeLimit: Int

    static func prepare(_ start: StartUp) throws -> Bounce {
        Bounce(
            hostName: start.main[GeneralParameters.myhostname],
            sizeLimit: start.main[BounceParameters.sizeLimit]
        )
    }

    func serve(_ worker: Worker) {
        let reporter = Reporter(self, worker)
        worker.serveRequests(as: InternalProtocol.bounce, lingers: true) { frames, _ in
            try await reporter.converse(frames)
        }
    }
}
