// SPDX-License-Identifier: Apache-2.0
package import EventLoop
internal import AuthProtocol
internal import IPC
internal import InternalProtocols
internal import Logging
internal import MailStore
internal import POSIX
package import Service
internal import SystemPackage

/// The life of a mail process: fresh, it redeems a ticket and passes the session on to the user's process; where there
/// is none it becomes the user for good, and serves that key's sessions from then on.
///
/// A fresh process takes one session at a time, for the next one may make it somebody. It starts no thread: those would
/// not be bound by the second sandbox.
@Loop
package final class MailService {
    /// Sessions of one process at the most.
    private static let sessionLimit = 20_000

    /// What is left to a process that has become a user: the user's mail, and auth's socket for tickets.
    package nonisolated static let rights = Rights.Stage(
        user: .mailboxOwner,
        writes: [.mailFolders],
        calls: [.files],
        sockets: [.unix]
    )

    private let worker: Worker
    private let name: String
    private let places: MailPlaces
    private let serve: @Loop @Sendable (MailClient) async -> Void
    /// Looks tickets up while the process is fresh.
    private let redeemer: TicketRedeemer
    private let trusted: Set<UInt32>
    private let isRoot: Bool
    private var log: Logger { worker.start.log }

    /// Called when the sessions must end soon: relais stops.
    package var stopping: (@Loop () -> Void)?

    /// Whose process this is; nil while it is fresh.
    private var key: ProcessKey?
    /// The system user whose groups it has, where the userdb names one.
    private var groupsUser: String?
    /// Its INBOX, where that lies in a folder that is not the user's.
    private var spool: SpoolInbox?
    private var listener: Listener?

    /// A service of the name `imap` or `pop3`; `serve` runs a session until its end.
    package init(
        _ worker: Worker,
        name: String,
        places: MailPlaces,
        serve: @escaping @Loop @Sendable (MailClient) async -> Void
    ) {
        self.worker = worker
        self.name = name
        self.places = places
        self.serve = serve
        redeemer = TicketRedeemer(path: worker.start.privateSocket("auth-master"))
        let own = Identity.effectiveUser
        trusted = [0, own]
        isRoot = worker.start.isRoot
    }

    /// Takes sessions over from log-in processes.
    package func begin() {
        worker.takesOneAtATime = true
        // The next session of this user finds nobody here, and makes another process.
        worker.retiring = { [self] in
            // Out of the loop first, which keeps it alive otherwise.
            listener?.pause()
            listener = nil
        }
        worker.stopping = { [self] in stopping?() }
        worker.serveRequests(as: InternalProtocol.session) { frames, _ in
            // One session a connection: this process may be somebody's afterwards, and take no other user's.
            let handOver = try await frames.receive(SessionHandOver.self)
            let client = try frames.takeDescriptor()
            let taken = await self.take(handOver, client)
            frames.send(taken)
            try await frames.connection.drained(everything: true)
        }
    }

    // MARK: Fresh

    /// What the client is told when the reason is ours; the log has it.
    static let internalFailure = SessionTaken(
        error: "Internal error occurred. Refer to server log for more information."
    )

    private func take(_ handOver: SessionHandOver, _ client: consuming Descriptor) async -> SessionTaken {
        let user: MailIdentity
        switch await redeemer.redeem(handOver, service: name) {
        case .failed(let reason):
            log.error("\(name): \(reason)")
            return Self.internalFailure
        case .user(let entry):
            do {
                user = try UserResolution(places: places, isRoot: isRoot).resolve(entry)
            } catch {
                log.error("\(name)(\(entry.user)): \(error)")
                return Self.internalFailure
            }
        }
        do {
            let key = try UserResolution(places: places, isRoot: isRoot).key(of: user)
            let socketName = key.socketName(service: name)
            let socket = SessionSocket(
                path: worker.start.privateSocket(socketName),
                lockPath: worker.start.privateSocket("\(name).lock")
            )
            switch try await socket.pass(handOver, client, trusting: trusted) {
            case .answered(let taken): return taken
            case .ours(let listening):
                try become(user, key, listening)
                return start(handOver, user, client)
            }
        } catch {
            log.error("\(name)(\(user.name)): cannot serve the session: \(error)")
            return Self.internalFailure
        }
    }

    // MARK: Becoming the user

    /// Becomes the user for good and shuts itself in the mail's folders; what fails here ends the process.
    private func become(_ user: MailIdentity, _ key: ProcessKey, _ listening: SessionSocket.Listening) throws {
        worker.becomeBusy(limit: Self.sessionLimit)
        redeemer.close()
        self.key = key
        groupsUser = user.groupsUser
        do {
            let spool = try key.spoolInbox.map { path throws in
                try SpoolInbox(path, privilegedGroup: isRoot ? places.privilegedGroup : nil)
            }
            if isRoot {
                try Privileges.become(
                    Identity(name: user.name, uid: key.uid, gid: key.gid, home: user.home, groups: key.groups),
                    savedGroup: spool?.folder.group
                )
                try Privileges.limit(to: [])
            }
            // The user may see folders above the root that nobody else may look into.
            let root = UserRoot.find(home: key.root, uid: key.uid)
            var sandbox = try Self.rights.sandbox(worker.start)
            sandbox.writes = Set([root, key.root] + key.others).sorted()
            if let spool {
                // It has to be there: what is made later is another file to Landlock than the one that may be opened.
                spool.settle()
                sandbox.files = [spool.path]
                sandbox.lockFolders = [spool.folder.path]
                if let group = spool.folder.group { sandbox.calls.identities = .fileGroups([group]) }
            }
            self.spool = spool
            try worker.start.enter(sandbox)
            if let trial = Trial.run() { log.notice("trial later: \(trial)") }
        } catch {
            // Half a user is none: nothing may be served with rights that nobody has thought of.
            worker.retire()
            throw error
        }
        guard let descriptor = listening.take() else { return }
        listener = Listener(descriptor) { [weak self] descriptor, _ in
            guard let self, let connection = try? Connection(descriptor, carriesDescriptors: true) else { return }
            Loop.spawn { await self.converse(connection) }
        }
        listener?.resume()
    }

    // MARK: The user's process

    /// Takes over what a fresh process passes on.
    private func converse(_ connection: Connection) async {
        worker.workBegins()
        defer { worker.workEnds() }
        connection.timeout = .seconds(60)
        defer { connection.close() }
        do {
            let peer = try connection.peerCredentials().uid
            guard trusted.contains(peer) else { throw IPCError.refused(uid: peer) }
            let frames = FrameConnection(connection)
            try await frames.accept(InternalProtocol.session)
            let handOver = try await frames.receive(SessionHandOver.self)
            let client = try frames.takeDescriptor()
            // A process that is about to end must not take what it cannot serve: without an answer the fresh process,
            // which has the client's descriptor still, makes another one.
            // Nor may one whose sandbox has an INBOX that was replaced since.
            if let spool, spool.isReplaced { worker.retire() }
            guard !worker.isRetiring else { return }
            frames.send(await takeOver(handOver, client))
            try await connection.drained(everything: true)
        } catch {
            log.warning("session hand-over ended: \(error)")
        }
    }

    /// Whose session it is says auth, and not the process that passes it on.
    private func takeOver(_ handOver: SessionHandOver, _ client: consuming Descriptor) async -> SessionTaken {
        guard let key else { return Self.internalFailure }
        let user: MailIdentity
        // One for each: sessions are passed on at the same time, and a redeemer asks one question at a time.
        let redeemer = TicketRedeemer(path: worker.start.privateSocket("auth-ticket"))
        defer { redeemer.close() }
        switch await redeemer.redeem(handOver, service: name) {
        case .failed(let reason):
            log.error("\(name): \(reason)")
            return Self.internalFailure
        case .user(let entry):
            let resolution = UserResolution(places: places, isRoot: isRoot)
            // Groups cannot be looked up in the sandbox; this process has those of this name already.
            guard let found = try? resolution.resolve(entry, groups: key.groups), found.groupsUser == groupsUser,
                (try? resolution.belongs(found, to: key)) == true
            else {
                log.error("\(name)(\(entry.user)): the session belongs to another process")
                return Self.internalFailure
            }
            user = found
        }
        guard worker.sessions < Self.sessionLimit, !SessionBounds.isAmongTheLast(client.number) else {
            log.warning("\(name)(\(user.name)): too many sessions")
            return SessionTaken(error: "Too many connections.")
        }
        return start(handOver, user, client)
    }

    private func start(
        _ handOver: SessionHandOver,
        _ user: MailIdentity,
        _ client: consuming Descriptor
    ) -> SessionTaken {
        do throws(any Error) {
            let location = try places.location(user: user.name, home: user.home, override: user.mail)
            let storage = try places.storage(location, user: user.name, home: user.home, spool: spool?.folder)
            try client.setNonBlocking(true)
            let connection = try Connection(client)
            let session = MailClient(
                connection,
                MailUser(name: user.name, home: user.home, storage: storage),
                handOver
            )
            // Counted at once, so that the process does not leave between the hand-over and its first turn.
            worker.workBegins()
            Loop.spawn {
                await self.serve(session)
                connection.close()
                self.worker.workEnds()
            }
            return SessionTaken()
        } catch {
            log.error("\(name)(\(user.name)): \(error)")
            return Self.internalFailure
        }
    }
}
