// SPDX-License-Identifier: Apache-2.0
internal import POSIX

/// `-c folder` before the command, as Postfix' commands have it: it becomes MAIL_CONFIG, which every command looks at.
enum CommandLineOrder {
    /// Returns the arguments without a leading `-c`.
    static func normalized(_ arguments: [String]) -> [String] {
        let (folder, rest) = split(arguments)
        if let folder { setEnvironmentValue("MAIL_CONFIG", folder) }
        return rest
    }

    /// Takes `-c folder`, `-cfolder`, `--config folder` or `--config=folder` off the front.
    static func split(_ arguments: [String]) -> (folder: String?, rest: [String]) {
        guard let first = arguments.first else { return (nil, []) }
        if first == "-c" || first == "--config" {
            guard arguments.count >= 2 else { return (nil, arguments) }
            return (arguments[1], Array(arguments.dropFirst(2)))
        }
        for prefix in ["--config=", "-c"] where first.hasPrefix(prefix) && first != "-c" {
            return (String(first.dropFirst(prefix.count)), Array(arguments.dropFirst()))
        }
        return (nil, arguments)
    }
}
