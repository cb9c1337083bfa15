// SPDX-License-Identifier: Apache-2.0
internal import Service

/// master: binds every listener, starts the daemons that serve them, and watches over them.
///
/// It is the one process that stays root, because it binds low ports, makes sockets for others and starts processes
/// that change their identity. So it does little: it reads configuration files that root owns, accepts no connection
/// from outside, and of its workers hears three numbers. It has no sandbox of its own; its children make theirs.
@main
struct Master {
    static let rights = Rights(
        user: .root,
        callers: ["control": [.root]],
        confinement: .none(reason: "it binds low ports, makes sockets for others and starts processes as others")
    )

    static func main() {
        guard !CommandLine.arguments.contains("--rights") else { return rights.printDeclared(name: "master") }
        MasterStart.run(CommandLine.arguments)
    }
}
