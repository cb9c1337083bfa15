// SPDX-License-Identifier: Apache-2.0
internal import InternalProtocols
internal import POSIX

/// What `--rights` prints: a daemon's declared rights as JSON, with the paths and numbers of one configuration.
struct RightsReport {
    let name: String
    let rights: Rights
    /// The sandbox of each stage, the first one as the daemon refines it; nil where the configuration cannot be read.
    let sandboxes: [Sandbox]?
    /// Why there are no sandboxes.
    let problem: String?

    /// The report on one line.
    var line: String { json.line }

    private var json: JSONValue {
        let stages = [rights.first] + rights.later
        var members: [(String, JSONValue)] = [
            ("name", .text(name)), ("confinement", .text(confinement)),
            (
                "callers",
                .object(
                    rights.callers.sorted { $0.key < $1.key }.map { listener, callers in
                        (listener, .list(callers.map(\.rawValue).sorted().map { .text($0) }))
                    }
                )
            ),
        ]
        if let jail = rights.jail { members.append(("jail", .text(jail))) }
        let list = stages.enumerated().map { index, stage in
            stageJSON(stage, sandboxes.flatMap { $0.indices.contains(index) ? $0[index] : nil })
        }
        members.append(("stages", .list(list)))
        if let problem { members.append(("problem", .text(problem))) }
        return .object(members)
    }

    private var confinement: String {
        switch rights.confinement {
        case .full: "full"
        case .none(let reason): "none: \(reason)"
        }
    }

    private func stageJSON(_ stage: Rights.Stage, _ sandbox: Sandbox?) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("user", .text("\(stage.user)")),
            ("capabilities", .list(stage.capabilities.map(\.rawValue).sorted().map { .text($0) })),
            ("reads", .list(stage.reads.map { .text(Self.text($0)) })),
            ("writes", .list(stage.writes.map { .text(Self.text($0)) })),
            ("calls", .list(stage.calls.map(\.rawValue).sorted().map { .text($0) })),
            ("sockets", .list(stage.sockets.map(\.rawValue).sorted().map { .text($0) })),
            ("identities", .text(Self.text(stage.identities))),
        ]
        if let sandbox { members.append(("sandbox", Self.sandboxJSON(sandbox))) }
        return .object(members)
    }

    private static func text(_ place: Rights.Place) -> String {
        switch place {
        case .configuration, .data, .accounts, .homes, .mailFolders, .everything: "\(place)"
        case .queue(let folder): "queue_directory/\(folder)"
        case .parameter(let name, let otherwise): otherwise.map { "\(name), or \($0)" } ?? name
        case .tables(let name): "the tables of \(name)"
        case .path(let path): path
        }
    }

    private static func text(_ identities: Rights.Identities) -> String {
        switch identities {
        case .kept, .mailboxOwners, .readers: "\(identities)"
        case .recipients(let spool): spool.map { "recipients, the group of \($0)" } ?? "recipients"
        }
    }

    private static func sandboxJSON(_ sandbox: Sandbox) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("reads", .list(sandbox.reads.map { .text($0) })), ("writes", .list(sandbox.writes.map { .text($0) })),
            ("calls", .list(sandbox.calls.groups.map(\.rawValue).sorted().map { .text($0) })),
            ("sockets", .list(sandbox.calls.sockets.map(\.rawValue).sorted().map { .text($0) })),
        ]
        let (kind, allowed) =
            switch sandbox.calls.identities {
            case .kept: ("kept", SystemCalls.Allowed?.none)
            case .fileGroups(let groups):
                ("groups", SystemCalls.Allowed(minimumUser: .max, minimumGroup: .max, groups: groups))
            case .files(let allowed): ("files", allowed)
            case .all(let allowed): ("all", allowed)
            }
        members.append(("ids", .text(kind)))
        // The smallest ids that may be taken; the groups are allowed besides.
        if let allowed {
            members.append(("minimum_uid", .number(Int(allowed.minimumUser))))
            members.append(("minimum_gid", .number(Int(allowed.minimumGroup))))
            members.append(("groups", .list(allowed.groups.map { .number(Int($0)) })))
        }
        return .object(members)
    }
}
