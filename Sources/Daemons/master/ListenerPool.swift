// SPDX-License-Identifier: Apache-2.0
internal import EventLoop
internal import Instance
internal import MailConfiguration
internal import POSIX
internal import SystemPackage

/// All listeners of the instance by address: a reload keeps those that stay.
@Loop
final class ListenerPool {
    /// Every listener that could not be bound.
    struct Failure: Error {
        let diagnostics: [Diagnostic]
    }

    private var bound: [ListenerSpecification.Address: BoundListener] = [:]

    private init() {}

    /// Binds all, or none.
    ///
    /// Listeners in use are tried again, `patience` times with a tenth of a second between (and blocking): workers of an
    /// instance whose master was killed need a moment to notice.
    static func binding(_ specifications: [ListenerSpecification], patience: Int) throws(Failure) -> ListenerPool {
        let pool = ListenerPool()
        var attempts = 0
        while true {
            let problems = pool.bind(specifications)
            if problems.isEmpty { return pool }
            guard attempts < patience, problems.contains(where: { $0.errno == .addressInUse }) else {
                pool.closeAll()
                throw Failure(diagnostics: problems.map(\.diagnostic))
            }
            attempts += 1
            Clock.pause(nanoseconds: 100_000_000)
        }
    }

    /// Binds what is not bound yet; where something cannot be bound, nothing changes.
    func add(_ specifications: [ListenerSpecification]) throws(Failure) {
        let before = Set(bound.keys)
        let problems = bind(specifications)
        guard !problems.isEmpty else { return }
        for address in bound.keys where !before.contains(address) { bound.removeValue(forKey: address)?.close() }
        throw Failure(diagnostics: problems.map(\.diagnostic))
    }

    /// Closes what is not among these.
    func keep(only specifications: [ListenerSpecification]) {
        let kept = Set(specifications.map(\.address))
        for address in bound.keys where !kept.contains(address) { bound.removeValue(forKey: address)?.close() }
    }

    /// The listeners of a service; an optional one may be missing.
    func listeners(
        of specifications: [ListenerSpecification]
    ) -> [(specification: ListenerSpecification, listener: BoundListener)] {
        specifications.compactMap { specification in
            bound[specification.address].map { (specification, $0) }
        }
    }

    /// Closes all.
    func closeAll() {
        for listener in bound.values { listener.close() }
        bound = [:]
    }

    private struct Problem {
        let errno: Errno
        let diagnostic: Diagnostic
    }

    private func bind(_ specifications: [ListenerSpecification]) -> [Problem] {
        var problems: [Problem] = []
        for specification in specifications {
            do throws(Errno) {
                if let listener = bound[specification.address] {
                    try listener.setAccess(specification.access)
                } else {
                    bound[specification.address] = try BoundListener.bind(specification)
                }
            } catch {
                if specification.isOptional, Self.meansAbsence(error) { continue }
                let message = "cannot listen on \(specification.address): \(Self.explain(error))"
                problems.append(Problem(errno: error, diagnostic: specification.place.diagnostic(.error, message)))
            }
        }
        return problems
    }

    /// The host has no such protocol or address.
    private static func meansAbsence(_ error: Errno) -> Bool {
        error == .addressNotAvailable || error == .addressFamilyNotSupported
    }

    private static func explain(_ error: Errno) -> String {
        switch error {
        case .addressInUse: "\(error) (another mail server? \"ss -lxtnp\" shows who has it)"
        case .permissionDenied: "\(error) (ports below 1024 need root)"
        case .addressNotAvailable: "\(error) (no interface of this host has it)"
        case .fileNameTooLong: "\(error) (a socket's path has at most 107 bytes: choose a shorter queue_directory)"
        case .fileExists: "a file that is no socket has this name"
        default: "\(error)"
        }
    }
}
